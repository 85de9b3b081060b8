//! Texts that say little or nothing about their writer, and people who say a lot about themselves. All written for
//! these tests.

/// A description, and the text.
pub const ABOUT_SOMETHING_ELSE: [(&str, &str); 18] = [
    (
        "license",
        "Permission to use the Software is granted to any recipient of a copy, provided that this notice is kept in all \
         copies. The Software is delivered in its present state. The Licensor accepts no liability for loss of data, \
         loss of profit or any other damage that follows from its use, even where the Licensor was told of it. \
         Redistribution in binary form must name the version from which it was made. This agreement ends when the \
         Licensee breaks any of its terms. Each clause stands if another is held to be void.",
    ),
    (
        "contract",
        "The Tenant shall pay the rent in advance on the third working day of each month. The Landlord shall keep roof, \
         windows and pipes in repair. Neither party may assign this contract without the written consent of the other. \
         Notice must be given three months before the end of a quarter. The deposit is returned within six weeks, less \
         the cost of any damage beyond ordinary wear. Animals are allowed only where they disturb nobody.",
    ),
    (
        "manual",
        "Switch the machine off and pull the plug before opening the cover. Turn the screw on the left side until the \
         filter comes loose. Rinse the filter under warm water and let it dry for two hours. Do not use detergents. Push \
         the filter back until it clicks, close the cover and reset the counter by holding the round button for five \
         seconds. A red lamp shows that the tank is empty.",
    ),
    (
        "assembly",
        "Lay the two side panels on the floor with the holes facing up. Insert a wooden dowel into each hole and fasten \
         the shelf with four short screws. Do not tighten them yet. Fit the back panel into the groove, then stand the \
         cabinet up with a second person. Check that it stands level before fixing it to the wall with the bracket \
         supplied. Tighten all screws again after a week.",
    ),
    (
        "recipe",
        "Peel two onions and chop them finely. Heat the oil in a heavy pan and soften the onions for ten minutes. Add the \
         rice and stir until it is coated. Pour in a ladle of hot stock and wait until it is absorbed before adding the \
         next. After twenty minutes the rice is soft and still has some bite. Stir in butter and cheese, cover the pan \
         and serve after two minutes.",
    ),
    (
        "baking",
        "Beat three eggs with the sugar until the mixture is pale. Sift in flour and cocoa, fold gently, and add the \
         melted butter last. Pour the batter into a greased tin and bake it in the middle of the oven at 180 degrees for \
         thirty-five minutes. A skewer should come out clean. Let the cake cool in the tin before turning it out. It \
         keeps for four days in a closed box.",
    ),
    (
        "news",
        "The council voted on Tuesday to close the bridge for repairs until the end of March. Engineers had found cracks \
         in two of the pillars during an inspection in autumn. Buses will be sent over the northern crossing. A \
         spokesman for the traders said that the detour would cost shops a third of their customers. Work is expected \
         to begin in January and to cost four million.",
    ),
    (
        "sports report",
        "The visitors took the lead in the ninth minute when a corner was headed in at the far post. After the break the \
         home side pressed harder and equalized from the penalty spot. Both goalkeepers saved well in the closing \
         minutes. The draw leaves them two points behind the leaders with four matches to play. The next one is away on \
         Saturday, when the captain returns from suspension.",
    ),
    (
        "code",
        "fn merge(left: &[u32], right: &[u32]) -> Vec<u32> { let mut out = Vec::new(); let (mut i, mut j) = (0, 0); while \
         i < left.len() && j < right.len() { if left[i] <= right[j] { out.push(left[i]); i += 1; } else { \
         out.push(right[j]); j += 1; } } out.extend(&left[i..]); out.extend(&right[j..]); out }",
    ),
    (
        "shell script",
        "#!/bin/sh\nset -eu\nfor file in \"$@\"; do\n  if [ ! -f \"$file\" ]; then echo \"$file is missing\" >&2; exit 1; fi\n  \
         sort -u \"$file\" > \"$file.new\"\n  mv \"$file.new\" \"$file\"\ndone\necho \"sorted $# files\"",
    ),
    (
        "encyclopedia",
        "The river rises on the northern slope of the range and flows east for two hundred kilometers before it turns \
         south. Its largest tributary joins it below the old mill town. Floods occur in April, when the snow melts. A \
         dam was built in the nineteenth century to supply the mines with water. Otters were seen again for the first \
         time in 1994.",
    ),
    (
        "product page",
        "This jacket keeps out wind and rain and weighs only four hundred grams. It has two side pockets, a hood that can \
         be tightened with one hand, and reflecting strips on the sleeves. The seams are taped. Available in five sizes \
         and three colors. Wash at thirty degrees, do not iron. Returns are free within a month if the label is still \
         attached.",
    ),
    (
        "minutes of a meeting",
        "Present were seven members. The minutes of the last meeting were accepted without changes. The treasurer reported \
         a balance of 1,240 after the purchase of new chairs. It was agreed to move the summer fair to the second Sunday \
         in June. The question of the fence was put off until a second quote has arrived. The meeting closed at ten past \
         nine.",
    ),
    (
        "German",
        "Am Wochenende bin ich mit meinem Bruder an den See gefahren. Wir haben lange geredet und sind erst spät nach \
         Hause gekommen. Ich mag es, wenn der Tag keinen Plan hat. Am Montag war ich müde, aber gut gelaunt.",
    ),
    (
        "French",
        "Je me lève tôt parce que la maison est encore calme à cette heure. Je bois mon café debout, je regarde les gens \
         passer et je n'ai envie de parler à personne. Mes amis disent que je suis trop sérieux. Ils ont sans doute \
         raison, mais je n'aime pas faire semblant.",
    ),
    (
        "Spanish",
        "Los domingos comemos todos juntos en casa de mi abuela y nadie se va antes de las seis. Hablo demasiado, lo sé, \
         pero no soporto el silencio en una mesa. Siempre llego tarde y siempre olvido algo, aunque prometo que la \
         próxima vez será diferente.",
    ),
    (
        "Polish",
        "Nie lubię planować. Wstaję, kiedy się obudzę, i dopiero wtedy myślę, co zrobić z dniem. Martwię się o wszystko, \
         nawet o rzeczy, które nigdy się nie zdarzą. Najlepiej czuję się sam, z książką i herbatą.",
    ),
    (
        "Finnish",
        "Pidän hiljaisista aamuista ja pitkistä kävelyistä metsässä. En puhu paljon, mutta kuuntelen mielelläni muita. \
         Teen asiat loppuun, vaikka se veisi koko yön, enkä unohda mitä olen luvannut.",
    ),
];

/// A person from a story who talks about himself or herself.
pub struct Character {
    pub name: &'static str,
    pub words: &'static str,
}

/// Seven people from old stories, in our own words.
pub const CHARACTERS: [Character; 7] = [
    Character {
        name: "the detective",
        words: "I work when a problem deserves it, and then I do not sleep until I have it. Between cases I lie on the sofa for \
                days and the room goes to ruin around me. People bore me; most of what they feel is noise that hides the \
                facts. I have one friend, and I am not always kind to him. I read chemistry, old crimes, the violin, \
                whatever is strange enough.",
    },
    Character {
        name: "the doctor",
        words: "I am an ordinary sort of man and glad of it. I keep my appointments, I look after my patients, and I trust people \
                until they give me reason not to, and often a while longer. My friend insults me twice a day and I forgive \
                him before supper. I would rather be of use to somebody than be right. Very little upsets me for long.",
    },
    Character {
        name: "the anxious mother",
        words: "My nerves give me no peace. I lie awake over my daughters, over the house, over what the neighbors said and what \
                they meant. I must talk to somebody every hour of the day, I cannot bear an empty parlor, and if there is a \
                ball I shall be the first to arrive and the last to leave. I cry easily, I am up and down ten times before \
                noon.",
    },
    Character {
        name: "the proud landlord",
        words: "I have never had the talent of talking easily with strangers, and at a dance I stand by the wall until I may \
                leave. My affairs are in order to the last receipt; what I promise is done on the day. I do not forget an \
                offense quickly. I say little of what I feel, and I prefer my library to any company that I can think of.",
    },
    Character {
        name: "the bear",
        words: "I do not plan things. I get up, and there is honey or there is not, and either is all right. Worrying has never \
                filled a jar. If a friend comes by I am pleased, and if he eats everything I am still pleased. I mean to \
                tidy the cupboard, only then I sit down for a moment, and then it is another day.",
    },
    Character {
        name: "the donkey",
        words: "Nobody comes, and I did not expect them to. I think about what will go wrong, and mostly it does. On my birthday I \
                stood by the stream alone and it seemed about right. I feel low for weeks at a time and I do not say so, \
                because it would only tire people. I keep to my corner of the field.",
    },
    Character {
        name: "the strongest girl",
        words: "I make up a new game every morning and a new country to go with it. Rules are for people who cannot think of \
                anything better! I talk to everybody, policemen and burglars and horses, and I have never been afraid of \
                anything in my life. School? I tried it once. I would rather sail the kitchen table to the South Seas and \
                invite the whole town aboard.",
    },
];
