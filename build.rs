//! Migrations are embedded by a macro whose inputs cargo does not know, so a new migration must rebuild the crate.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
