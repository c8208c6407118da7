//! What goes wrong when CDA becomes FHIR, as a checklist of sixteen lines, and the tests that hold each point of a line. A
//! test that goes, or is renamed, must be replaced here. The reference folder has the checklist itself: every line of it
//! must be here (skipped without GRANULE_SHARED).

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::{project, shared};

/// A line of the checklist: its number, and point by point the tests that hold it.
struct Trap {
    line: u32,
    points: &'static [(&'static str, &'static [&'static str])],
}

const TRAPS: &[Trap] = &[
    Trap {
        line: 1,
        points: &[
            ("precision is kept, nothing is padded", &["k010_precision_is_kept", "precision_is_what_is_written"]),
            (
                "offsets, fractions, midnight, leap days",
                &["offsets", "twenty_four_hours_is_the_next_day", "k118_seconds_and_offset"],
            ),
            (
                "instant and dateTime",
                &["dates_and_instants", "trap_01_an_author_time_without_offset_is_a_date_and_no_instant"],
            ),
            ("zones", &["k012_no_time_of_day_without_an_offset", "a_named_zone_gives_the_offset_of_its_date"]),
            (
                "value, low, high, centre",
                &[
                    "k013_low_alone_gives_the_date_time",
                    "the_centre_of_an_interval_is_a_time_of_a_vaccine_and_a_procedure",
                ],
            ),
            (
                "an unknown end is an end",
                &["k062_an_end_at_an_unknown_time_is_an_end", "k071_an_unknown_end_is_no_end"],
            ),
        ],
    },
    Trap {
        line: 2,
        points: &[
            ("roots alone", &["k003_oid_alone", "k004_uuid_alone"]),
            ("a register without number", &["k009_scheme_alone_is_no_value"]),
            ("an address as extension", &["k007_url_as_extension", "k008_urn_as_extension"]),
            (
                "one id for two things",
                &["one_id_for_two_problems_keeps_two", "one_id_of_two_patients_is_two_resources"],
            ),
            ("ids that are null", &["a_null_flavour_as_extension_identifies_nobody"]),
        ],
    },
    Trap {
        line: 3,
        points: &[
            ("translations keep their order", &["k015_translations_follow_the_root_in_order"]),
            ("a null root leaves its translations", &["null_root_leaves_its_translations"]),
            ("original text", &["k016_original_text_is_resolved_without_markup"]),
            ("laterality", &["laterality_is_never_lost"]),
            ("unknown OIDs", &["k120_unknown_system_is_a_urn"]),
        ],
    },
    Trap {
        line: 4,
        points: &[
            ("types by xsi:type, whatever their case", &["types_by_xsi_type", "null_and_unknown_types"]),
            ("ends with and without their bound", &["k018_at_most", "k019_below", "k020_above"]),
            ("numbers that are none", &["a_quantity_that_is_no_number", "a_quantity_without_number_keeps_its_words"]),
            ("quantities of translations", &["translations_of_quantities"]),
        ],
    },
    Trap {
        line: 5,
        points: &[
            ("units as written and as UCUM", &["k017_unit_is_a_ucum_code", "units_of_real_documents"]),
            ("what only looks like a unit", &["what_only_looks_like_ucum"]),
        ],
    },
    Trap {
        line: 6,
        points: &[
            ("intervals with repeats and events", &["bounds_with_period_and_event", "k075_event_and_offset"]),
            ("as needed", &["k077_as_needed_is_said_once"]),
            ("ranges, rates, maxima", &["doses", "dose_rate_route_site_and_maximum", "a_dose_range_keeps_both_ends"]),
            (
                "free text, steps of a taper",
                &["k078_the_sig_in_words", "the_steps_of_a_taper_belong_to_the_whole_in_their_order"],
            ),
            (
                "supply, dispense and both product arms",
                &[
                    "a_dispense_is_no_request",
                    "case_1_the_other_product_arm_and_an_event",
                    "a_medicine_of_which_only_the_supply_is_planned_is_a_request",
                ],
            ),
            ("taken or intended", &["k067_mood_is_intent", "k085_a_vaccine_intended_is_a_request"]),
        ],
    },
    Trap {
        line: 7,
        points: &[
            (
                "both spellings, on act, observation and entry",
                &[
                    "k063_a_negated_problem_is_refuted",
                    "k063_a_negated_concern_is_refuted_too",
                    "k050_no_known_allergy_where_the_act_is_negated",
                ],
            ),
            (
                "none of a kind and none in particular",
                &["k050_no_known_allergy", "k052_a_negated_substance_is_never_the_code"],
            ),
            (
                "not done, and why",
                &[
                    "k086_a_negated_procedure_was_not_done",
                    "k081_a_refused_vaccine_was_not_given",
                    "k082_why_a_vaccine_was_not_given",
                    "trap_07_one_and_true_negate_alike",
                ],
            ),
            (
                "not to be done",
                &[
                    "k068_not_to_be_taken",
                    "trap_07_what_shall_not_be_done_is_said_by_a_modifier",
                    "trap_07_a_negated_encounter_or_habit_stays_narrative",
                ],
            ),
            (
                "a negated concern, goal, instruction or supply says nothing that is there",
                &[
                    "no_health_concerns_make_no_list",
                    "a_negated_goal_stays_narrative",
                    "a_negated_instruction_stays_narrative",
                    "equipment_not_handed_over_stays_narrative",
                ],
            ),
        ],
    },
    Trap {
        line: 8,
        points: &[
            (
                "several observations of a concern",
                &["k046_each_observation_of_a_concern_is_an_allergy", "a_health_concern_lists_what_it_is_about"],
            ),
            (
                "organizers in organizers, panels",
                &["trap_08_organizers_within_organizers", "k099_blood_pressure_is_one_observation"],
            ),
            (
                "reasons and parts",
                &[
                    "k083_why_a_vaccine_was_given",
                    "a_negated_reason_is_no_reason",
                    "k107_the_diagnosis_of_an_encounter",
                ],
            ),
            (
                "severity of an allergy and of a reaction",
                &[
                    "k053_severity_of_a_reaction",
                    "k054_severity_of_the_allergy_is_that_of_every_reaction",
                    "k142_criticality",
                ],
            ),
            (
                "links by id",
                &[
                    "a_procedure_belongs_to_the_encounter_that_it_names",
                    "k112_a_note_of_its_own_encounter",
                    "a_health_concern_lists_what_it_is_about",
                ],
            ),
        ],
    },
    Trap {
        line: 9,
        points: &[
            (
                "authors from header, section and act",
                &[
                    "trap_09_the_author_of_a_concern_or_panel_wrote_what_is_in_it_unless_it_names_its_own",
                    "k066_the_author_of_the_concern_reaches_the_problem",
                    "trap_09_who_wrote_a_statement_and_when",
                ],
            ),
            ("devices", &["k115_a_device", "the_software_of_a_document_orders_no_medicine"]),
            ("the patient as author", &["trap_09_a_patient_who_writes_is_the_patient"]),
            ("relatives", &["k116_a_relative_who_informs", "k042_a_guardian_is_a_guardian_first"]),
            (
                "another subject",
                &[
                    "a_sign_of_the_fetus_is_not_the_mothers",
                    "trap_09_what_is_said_of_another_person_is_not_the_patients",
                ],
            ),
        ],
    },
    Trap {
        line: 10,
        points: &[
            (
                "what a status means depends on what has it",
                &[
                    "k087_status_of_a_procedure",
                    "k157_an_encounter_called_off",
                    "trap_10_one_status_means_what_its_statement_says",
                ],
            ),
            (
                "a concern that is completed",
                &["k060_without_one_the_act_speaks", "a_health_concern_that_nobody_follows_is_no_longer_current"],
            ),
            ("results", &["k092_status_of_the_observation"]),
            (
                "planned is not performed",
                &[
                    "trap_10_what_is_planned_was_not_done",
                    "planned_equipment_was_not_handed_over",
                    "a_goal_is_never_a_finding",
                ],
            ),
        ],
    },
    Trap {
        line: 11,
        points: &[
            (
                "acts around",
                &[
                    "case_3_diagnoses_of_an_encounter_are_conditions_of_their_own",
                    "diagnoses_of_a_stay_are_encounter_diagnoses",
                ],
            ),
            (
                "nested, repeated, without code",
                &[
                    "trap_11_nested_and_repeated_sections_are_read",
                    "case_4_a_section_inferred_from_its_title_is_reported",
                ],
            ),
            ("ids of templates of any version", &["trap_11_any_version_of_a_template_is_known"]),
            (
                "sections without information, or in words alone",
                &[
                    "trap_11_a_section_without_information_says_so",
                    "trap_11_sections_of_words_are_kept_with_code_title_and_text",
                ],
            ),
            (
                "the same in two sections",
                &["one_problem_said_twice_is_one", "what_one_author_wrote_at_one_time_is_said_once"],
            ),
            ("no structure at all", &["bodies_of_every_kind"]),
        ],
    },
    Trap {
        line: 12,
        points: &[
            (
                "narrative as XHTML",
                &["k130_k131_narrative", "html_of_sloppy_senders", "blocks_never_stand_in_paragraphs"],
            ),
            ("ids are unique, scripts are gone", &["text_is_escaped_and_ids_are_unique"]),
        ],
    },
    Trap {
        line: 13,
        points: &[
            ("every reference leads somewhere", &["every_reference_leads_somewhere"]),
            (
                "conditional creates",
                &["stable_creates_on_trusted_identifiers_and_updates_the_rest", "a_query_cannot_be_broken_out_of"],
            ),
        ],
    },
    Trap {
        line: 14,
        points: &[
            (
                "name spaces, encodings, CDATA",
                &["keeps_the_namespaces_in_force", "utf16_with_and_without_mark", "declared_single_byte_encodings"],
            ),
            (
                "entities, depth, control characters",
                &["attacks_end_early_and_quietly", "forbidden_characters_keep_their_length"],
            ),
            ("JSON", &["strings_are_escaped_as_serde_json_does"]),
        ],
    },
    Trap {
        line: 15,
        points: &[
            ("two patients", &["two_patients_are_refused"]),
            (
                "race, names, telecoms, addresses",
                &["k041_race", "k030_k127_uses_by_the_map", "k029_k126_other_schemes", "k033_k129_address_use"],
            ),
            ("death and gender", &["k040_the_time_of_death_says_it_all", "k039_any_other_gender_is_unknown"]),
            (
                "sex at birth, gender identity and tribe are of the patient",
                &["k045_birth_sex_is_of_the_patient", "trap_15_what_social_history_says_of_the_patient_stands_there"],
            ),
        ],
    },
    Trap {
        line: 16,
        points: &[
            ("null statements", &["a_null_statement_is_nothing"]),
            (
                "placeholders of each kind",
                &["trap_16_a_placeholder_is_no_goal", "trap_16_placeholders_make_no_resources"],
            ),
        ],
    },
];

/// Names of all test functions below a folder.
fn tests_below(folder: &Path, out: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests_below(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let names = text.lines().filter_map(|l| l.trim_start().strip_prefix("fn ")?.split_once("()"));
            out.extend(names.map(|(name, _)| name.to_owned()));
        }
    }
}

#[test]
fn every_point_of_the_checklist_has_its_tests() {
    let mut there = BTreeSet::new();
    tests_below(&project("tests"), &mut there);
    tests_below(&project("src"), &mut there);
    let mut named = BTreeSet::new();
    let mut missing = Vec::new();
    for trap in TRAPS {
        for (point, tests) in trap.points {
            assert!(!tests.is_empty(), "line {}: {point} has no test", trap.line);
            for test in *tests {
                named.insert(*test);
                if !there.contains(*test) {
                    missing.push(format!("line {}, {point}: there is no test `{test}`", trap.line));
                }
            }
        }
    }
    // a test that bears the name of a line stands here
    let forgotten = there.iter().filter(|t| t.starts_with("trap_") && !named.contains(t.as_str()));
    missing.extend(forgotten.map(|t| format!("`{t}` stands at no line")));
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn every_line_of_the_checklist_is_here() {
    let Some(shared) = shared("traps") else { return };
    let text = std::fs::read_to_string(shared.join("facts/TRAPS.md")).unwrap();
    let list = text.split("\n## ").find(|part| part.starts_with("Checklist")).expect("a checklist");
    let lines: Vec<u32> = list.lines().filter_map(|l| l.split_once(". ")?.0.parse().ok()).collect();
    assert_eq!(lines, TRAPS.iter().map(|t| t.line).collect::<Vec<_>>());
}
