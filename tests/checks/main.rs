//! What is known of converting C-CDA to FHIR, fact by fact (names bear the ids of the facts), and which rows of the
//! built-in tables the facts exercise. One test binary, so that row coverage runs the very documents of the checks.

#[path = "../common/mod.rs"]
mod common;

mod allergies;
mod by_class;
mod checklists;
mod confidential;
mod core_domains;
mod datatypes;
mod denied;
mod discharge;
mod domains;
mod events;
mod far_realms;
mod faults;
mod kin;
mod medications;
mod nullified;
mod participations;
mod patient;
mod plain;
mod problems;
mod qualified;
mod read_again;
mod reading;
mod realms;
mod regressions;
mod results;
mod rows;
mod safety;
mod spellings;
mod status;
mod told;
mod traps;
mod uk;
mod uk_plans;
mod uk_templates;
mod unseen;
mod us_rest;
mod vitals;
