//! Everyday titles: "Software Developers" becomes "Software developer".
//!
//! Rules cover most titles; [`SAID`] lists the exceptions. A test checks every title of the catalog.

/// The everyday, singular form of an O*NET title.
pub fn everyday(title: &str) -> String {
    if let Some((_, said)) = SAID.iter().find(|(onet, _)| *onet == title) {
        return (*said).to_string();
    }
    let title = title.split(", Except ").next().unwrap_or(title);
    let title = title.split(", Including ").next().unwrap_or(title);
    if let Some(supervised) = title.strip_prefix("First-Line Supervisors of ") {
        return sentence_case(&format!("Supervisor of {supervised}"));
    }
    if let Some(helped) = title.strip_prefix("Helpers--") {
        return sentence_case(&format!("Helper to {helped}"));
    }
    if let Some(subject) = title.strip_suffix(" Teachers, Postsecondary") {
        return sentence_case(&format!("College {subject} Teacher"));
    }
    // "Operator" is enough for someone who sets up, operates and tends a machine.
    let title = title
        .replace("Setters, Operators, and Tenders", "Operators")
        .replace("Operators and Tenders", "Operators");
    let (people, of_what) = match title.split_once(" of ") {
        Some((people, what)) => (people, format!(" of {what}")),
        None => (title.as_str(), String::new()),
    };
    sentence_case(&format!("{}{of_what}", singular_heads(people)))
}

/// Makes the worker nouns that end a phrase singular, turns "and" between two of them into "or", and puts a restriction
/// after the last one, such as ", Metal and Plastic", in parentheses.
fn singular_heads(people: &str) -> String {
    let words: Vec<&str> = people.split(' ').collect();
    let mut out = String::new();
    let mut last_head_end = None;
    let mut after_head = false;
    for (i, word) in words.iter().enumerate() {
        if i > 0 {
            out.push(' ');
        }
        let bare = word.trim_end_matches(',');
        let ends_phrase = word.ends_with(',') || words.get(i + 1).is_none_or(|next| *next == "and");
        if *word == "and" && after_head {
            out.push_str("or");
            after_head = false;
        } else if let (true, Some(single)) = (ends_phrase, singular_worker(bare)) {
            out.push_str(&single);
            last_head_end = Some(out.len());
            out.push_str(&word[bare.len()..]);
            after_head = true;
        } else {
            out.push_str(word);
            after_head = false;
        }
    }
    if let Some(end) = last_head_end
        && let Some(narrowing) = out[end..].strip_prefix(", ")
    {
        return format!("{} ({narrowing})", &out[..end]);
    }
    out
}

/// The singular, if the word is a plural noun for workers.
fn singular_worker(word: &str) -> Option<String> {
    let by_ending = ["ers", "ors", "ists", "ians"].iter().any(|end| word.ends_with(end)) && word != "Fibers";
    if !by_ending && !WORKERS.contains(&word) {
        return None;
    }
    Some(match word {
        "Midwives" => "Midwife".into(),
        "Hostesses" | "Waitresses" | "Coaches" => word[..word.len() - 2].into(),
        _ => match word.strip_suffix("ies") {
            Some(stem) => format!("{stem}y"),
            None => word[..word.len() - 1].into(),
        },
    })
}

/// Lower case after the first letter, except "English".
fn sentence_case(title: &str) -> String {
    let mut out = String::with_capacity(title.len());
    for (i, word) in title.split(' ').enumerate() {
        if i > 0 {
            out.push(' ');
        }
        if word == "English" {
            out.push_str(word);
        } else if i == 0 {
            let first = word.chars().next().map_or(0, char::len_utf8);
            out.push_str(&word[..first]);
            out.push_str(&word[first..].to_lowercase());
        } else {
            out.push_str(&word.to_lowercase());
        }
    }
    out
}

/// Plural nouns for workers that the endings do not cover.
const WORKERS: [&str; 61] = [
    "Accountants",
    "Actuaries",
    "Agents",
    "Aides",
    "Analysts",
    "Architects",
    "Assistants",
    "Athletes",
    "Attendants",
    "Bailiffs",
    "Bellhops",
    "Blockmasons",
    "Brickmasons",
    "Captains",
    "Chauffeurs",
    "Chefs",
    "Clerks",
    "Coaches",
    "Concierges",
    "Cooks",
    "Copilots",
    "Detectives",
    "Escorts",
    "Executives",
    "Experts",
    "Guards",
    "Guides",
    "Hostesses",
    "Hosts",
    "Jockeys",
    "Judges",
    "Lifeguards",
    "Locksmiths",
    "Magistrates",
    "Maids",
    "Masons",
    "Mates",
    "Mechanics",
    "Midwives",
    "Millwrights",
    "Models",
    "Nurses",
    "Officials",
    "Orderlies",
    "Paralegals",
    "Paramedics",
    "Persons",
    "Pilots",
    "Referees",
    "Registrars",
    "Representatives",
    "Roustabouts",
    "Salespersons",
    "Scouts",
    "Secretaries",
    "Stonemasons",
    "Superintendents",
    "Surgeons",
    "Umpires",
    "Waitresses",
    "Wardens",
];

/// Titles that the rules get wrong or that nobody uses, with the everyday title.
const SAID: &[(&str, &str)] = &[
    ("Education and Childcare Administrators, Preschool and Daycare", "Preschool or daycare director"),
    ("Education Administrators, Kindergarten through Secondary", "School principal or administrator"),
    ("Education Administrators, Postsecondary", "College administrator"),
    ("Buyers and Purchasing Agents, Farm Products", "Buyer of farm products"),
    ("Insurance Appraisers, Auto Damage", "Auto damage insurance appraiser"),
    ("Tax Examiners and Collectors, and Revenue Agents", "Tax examiner, tax collector, or revenue agent"),
    ("Clergy", "Member of the clergy"),
    ("Directors, Religious Activities and Education", "Director of religious activities and education"),
    ("Judges, Magistrate Judges, and Magistrates", "Judge or magistrate"),
    ("Nursing Instructors and Teachers, Postsecondary", "College nursing teacher"),
    ("Career/Technical Education Teachers, Postsecondary", "College career and technical education teacher"),
    (
        "Career/Technical Education Teachers, Middle School",
        "Middle school career and technical education teacher",
    ),
    (
        "Career/Technical Education Teachers, Secondary School",
        "High school career and technical education teacher",
    ),
    ("Secondary School Teachers, Except Special and Career/Technical Education", "High school teacher"),
    ("Special Education Teachers, Preschool", "Preschool special education teacher"),
    ("Special Education Teachers, Kindergarten", "Kindergarten special education teacher"),
    ("Special Education Teachers, Elementary School", "Elementary school special education teacher"),
    ("Special Education Teachers, Middle School", "Middle school special education teacher"),
    ("Special Education Teachers, Secondary School", "High school special education teacher"),
    (
        "Adult Basic Education, Adult Secondary Education, and English as a Second Language Instructors",
        "Adult education or English as a second language instructor",
    ),
    ("Substitute Teachers, Short-Term", "Substitute teacher"),
    (
        "Teaching Assistants, Preschool, Elementary, Middle, and Secondary School, Except Special Education",
        "Teaching assistant",
    ),
    ("Teaching Assistants, Special Education", "Special education teaching assistant"),
    ("Teaching Assistants, Postsecondary", "College teaching assistant"),
    ("Camera Operators, Television, Video, and Film", "Camera operator"),
    ("Dentists, General", "General dentist"),
    ("Pediatricians, General", "Pediatrician"),
    ("Physicians, Pathologists", "Pathologist"),
    ("Magnetic Resonance Imaging Technologists", "MRI technologist"),
    ("Licensed Practical and Licensed Vocational Nurses", "Licensed practical or vocational nurse"),
    ("Opticians, Dispensing", "Optician"),
    ("Police and Sheriff's Patrol Officers", "Police or sheriff's patrol officer"),
    ("Transit and Railroad Police", "Transit or railroad police officer"),
    (
        "Lifeguards, Ski Patrol, and Other Recreational Protective Service Workers",
        "Lifeguard or ski patroller",
    ),
    ("Cooks, Fast Food", "Fast food cook"),
    ("Cooks, Institution and Cafeteria", "Institution or cafeteria cook"),
    ("Cooks, Private Household", "Private household cook"),
    ("Cooks, Restaurant", "Restaurant cook"),
    ("Cooks, Short Order", "Short order cook"),
    ("Food Servers, Nonrestaurant", "Food server (outside restaurants)"),
    (
        "Dining Room and Cafeteria Attendants and Bartender Helpers",
        "Dining room attendant or bartender's helper",
    ),
    ("Hosts and Hostesses, Restaurant, Lounge, and Coffee Shop", "Restaurant host or hostess"),
    ("Makeup Artists, Theatrical and Performance", "Theatrical makeup artist"),
    (
        "Sales Representatives of Services, Except Advertising, Insurance, Financial Services, and Travel",
        "Services sales representative",
    ),
    (
        "Sales Representatives, Wholesale and Manufacturing, Technical and Scientific Products",
        "Wholesale or manufacturing sales representative (technical and scientific products)",
    ),
    (
        "Sales Representatives, Wholesale and Manufacturing, Except Technical and Scientific Products",
        "Wholesale or manufacturing sales representative",
    ),
    (
        "Door-to-Door Sales Workers, News and Street Vendors, and Related Workers",
        "Door-to-door seller or street vendor",
    ),
    ("Eligibility Interviewers, Government Programs", "Eligibility interviewer for government programs"),
    ("Library Assistants, Clerical", "Library assistant"),
    ("Meter Readers, Utilities", "Utility meter reader"),
    ("Office Clerks, General", "General office clerk"),
    ("Farmworkers and Laborers, Crop, Nursery, and Greenhouse", "Crop, nursery, or greenhouse farmworker"),
    ("Fallers", "Tree faller"),
    ("Tapers", "Drywall taper"),
    ("Insulation Workers, Mechanical", "Mechanical insulation worker"),
    ("Helpers--Carpenters", "Carpenter's helper"),
    ("Helpers--Electricians", "Electrician's helper"),
    ("Helpers--Roofers", "Roofer's helper"),
    ("Maintenance Workers, Machinery", "Machinery maintenance worker"),
    ("Maintenance and Repair Workers, General", "General maintenance and repair worker"),
    ("Foundry Mold and Coremakers", "Foundry mold maker or coremaker"),
    ("Sewers, Hand", "Hand stitcher"),
    ("Grinding and Polishing Workers, Hand", "Hand grinding and polishing worker"),
    ("Cutters and Trimmers, Hand", "Hand cutter or trimmer"),
    ("Packers and Packagers, Hand", "Hand packer or packager"),
    (
        "Laborers and Freight, Stock, and Material Movers, Hand",
        "Laborer or freight, stock, and material mover",
    ),
    (
        "First-Line Supervisors of Helpers, Laborers, and Material Movers, Hand",
        "Supervisor of helpers, laborers, and material movers",
    ),
    ("Computer Numerically Controlled Tool Operators", "CNC tool operator"),
    ("Computer Numerically Controlled Tool Programmers", "CNC tool programmer"),
    ("Driver/Sales Workers", "Sales route driver"),
    ("Bus Drivers, School", "School bus driver"),
    ("Bus Drivers, Transit and Intercity", "Transit or intercity bus driver"),
    ("Captains, Mates, and Pilots of Water Vessels", "Captain, mate, or pilot of a water vessel"),
    ("Model Makers, Wood", "Wood model maker"),
    ("Patternmakers, Wood", "Wood patternmaker"),
    ("Pourers and Casters, Metal", "Metal pourer or caster"),
    ("Roof Bolters, Mining", "Mine roof bolter"),
    ("Rock Splitters, Quarry", "Quarry rock splitter"),
    ("Cleaners of Vehicles and Equipment", "Vehicle and equipment cleaner"),
    ("Gambling Change Persons and Booth Cashiers", "Gambling change attendant or booth cashier"),
];
