//! Rows of a rule: what is read, how it is changed, and the element it goes to.

use super::*;

/// The element that a row fills, and what R4 lets it hold.
pub(super) struct Slot {
    ty: TypeId,
    target: Target,
    binding: Option<crate::fhir::definitions::ValueSetId>,
    targets: &'static [&'static str],
}

impl Slot {
    /// An element without a required binding or a list of types to refer to.
    fn free(ty: TypeId, target: Target) -> Slot {
        Slot { ty, target, binding: None, targets: &[] }
    }
}

impl Compiler<'_> {
    pub(super) fn rows(
        &mut self,
        asts: &[RowAst],
        ty: TypeId,
        classes: &[Class],
        rule: RuleId,
        name: &str,
        fhir: &str,
    ) -> Rows {
        let mut rows: Vec<(u32, Row)> = Vec::new();
        for ast in asts {
            let before = self.faults.0.len();
            if let Some((order, row)) = self.row(ast, ty, classes, rule, name, fhir) {
                rows.push((order, row));
            } else if self.faults.0.len() == before {
                self.fault("M028", &ast.key.place, format!("the row `{}` cannot be compiled", ast.key.text), "");
            }
        }
        // elements are written in the order of their definition, slices of one element in the order of the table
        rows.sort_by_key(|(order, _)| *order);
        Rows::from(rows.into_iter().map(|(_, r)| r).collect::<Vec<_>>())
    }

    pub(super) fn row(
        &mut self,
        ast: &RowAst,
        ty: TypeId,
        classes: &[Class],
        rule: RuleId,
        name: &str,
        fhir: &str,
    ) -> Option<(u32, Row)> {
        let (base, slice) = ast.key.text.split_once(':').map_or((ast.key.text.as_str(), None), |(b, s)| (b, Some(s)));
        let id = RowId(self.rows.len() as u16);
        let place = ast.key.place.clone();
        let full = format!("{name}.{}", ast.key.text);
        let fhir_path = format!("{fhir}.{base}");
        let text = ast
            .alternatives
            .iter()
            .map(|a| a.place.file.text[a.place.span.clone()].to_owned())
            .collect::<Vec<_>>()
            .join(" | ");
        self.rows.push(RowInfo { rule, name: full.clone(), fhir_path: fhir_path.clone(), place, text });
        if base == "extension" && slice.is_some() {
            return self.extension_row(ast, slice?, id, classes, rule, &full, &fhir_path);
        }
        let definition = self.definitions.element(ty, base);
        if let Some(def) = definition
            && def.base.strip_suffix("[x]").is_none_or(|b| b != base)
        {
            let element = Element::Plain {
                key: def.key,
                underscore: def.underscore,
                many: def.max != Max::One,
                primitive: matches!(def.kind, Kind::Primitive(_)),
            };
            let target = typed(self.definitions.name(def.ty));
            let alternatives = self.alternatives(
                ast,
                &Slot { ty: def.ty, target, binding: def.binding, targets: def.targets },
                classes,
                rule,
                &full,
                &fhir_path,
            );
            return Some((u32::from(def.order), Row { id, element, alternatives }));
        }
        if let Some(choice) = self.definitions.choice(ty, base) {
            let forms: Vec<_> = choice
                .options
                .iter()
                .map(|o| {
                    let e = self.definitions.element(ty, o.key);
                    (o.suffix, o.key, e.map_or("", |e| e.underscore))
                })
                .collect();
            let order = self.definitions.element(ty, choice.options[0].key).map_or(0, |e| e.order);
            let target = Target::Choice(choice.options.iter().map(|o| o.suffix).collect());
            let alternatives = self.alternatives(ast, &Slot::free(ty, target), classes, rule, &full, &fhir_path);
            return Some((u32::from(order), Row { id, element: Element::Choice(forms), alternatives }));
        }
        let known: Vec<&str> =
            self.definitions.elements(ty).iter().map(|e| e.key).chain(ROW_WORDS.iter().copied()).collect();
        let help = Self::did_you_mean(base, known.into_iter());
        self.fault("M026", &ast.key.place, format!("{} has no element `{base}`", self.definitions.name(ty)), help);
        None
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn extension_row(
        &mut self,
        ast: &RowAst,
        name: &str,
        id: RowId,
        classes: &[Class],
        rule: RuleId,
        full: &str,
        fhir: &str,
    ) -> Option<(u32, Row)> {
        // a part of the complex extension around it, or an extension by name
        let outer = full.rsplit(".extension:").nth(1).and_then(|o| self.tables.extensions.get(o));
        let part = outer.and_then(|o| o.parts.get(name).or_else(|| o.parts.get(name.split(':').next()?)));
        let plain = name.split(':').next()?;
        let (url, ty) = match part {
            Some(ty) => (plain.to_owned(), ty.clone()),
            None => match self.tables.extensions.get(plain) {
                Some(x) => (x.url.clone(), x.ty.clone()),
                None => {
                    let help = Self::did_you_mean(plain, self.tables.extensions.keys().map(String::as_str));
                    self.fault("M025", &ast.key.place, format!("no pack declares the extension `{plain}`"), help);
                    return None;
                }
            },
        };
        let order = 7; // after the elements of Resource and DomainResource, where R4 puts extensions
        let part = part.is_some();
        if ty == "complex" {
            let element = Element::Extension { url: lasting::text(&url), value: vec![], part };
            let extension = self.definitions.type_named("Extension")?;
            let alternatives =
                self.alternatives(ast, &Slot::free(extension, typed("Extension")), classes, rule, full, fhir);
            return Some((order, Row { id, element, alternatives }));
        }
        let extension = self.definitions.type_named("Extension")?;
        let mut forms = Vec::new();
        for one in ty.split('|') {
            let mut key = String::from("value");
            let mut chars = one.chars();
            key.extend(chars.next().into_iter().flat_map(char::to_uppercase));
            key.push_str(chars.as_str());
            match self.definitions.element(extension, &key) {
                Some(def) => forms.push((self.definitions.name(def.ty), def.key, def.underscore, def.ty)),
                None => {
                    self.fault("M014", &ast.key.place, format!("an extension cannot hold a `{one}`"), "");
                    return None;
                }
            }
        }
        let target = match forms.as_slice() {
            [(name, ..)] => typed(name),
            several => Target::Choice(several.iter().map(|f| f.0).collect()),
        };
        let inner = forms.first()?.3;
        let element = Element::Extension {
            url: lasting::text(&url),
            value: forms.iter().map(|f| (f.0, f.1, f.2)).collect(),
            part,
        };
        let alternatives = self.alternatives(ast, &Slot::free(inner, target), classes, rule, full, fhir);
        Some((order, Row { id, element, alternatives }))
    }

    pub(super) fn alternatives(
        &mut self,
        ast: &RowAst,
        slot: &Slot,
        classes: &[Class],
        rule: RuleId,
        name: &str,
        fhir: &str,
    ) -> Box<[Alternative]> {
        let mut all = Vec::new();
        for alt in &ast.alternatives {
            if let Some(a) = self.one(alt, slot, classes, rule, name, fhir) {
                all.push(a);
            }
        }
        all.into()
    }

    pub(super) fn one(
        &mut self,
        alt: &AltAst,
        slot: &Slot,
        classes: &[Class],
        rule: RuleId,
        name: &str,
        fhir: &str,
    ) -> Option<Alternative> {
        let &Slot { ty, ref target, binding, targets } = slot;
        let condition = alt.condition.as_ref().and_then(|c| self.expr(c, classes));
        let each = match &alt.each {
            None => None,
            Some(e) => Some(self.path(e, classes)?),
        };
        let inner_classes = each.as_ref().map_or(classes, |e| &e.1).to_vec();
        self.referring = !alt.by.is_empty();
        let from = match &alt.from {
            None => None,
            Some(f) if alt.conduct => Some((self.conducted(f)?, vec![ANYTHING])),
            Some(f) => Some(self.path(f, &inner_classes)?),
        };
        self.referring = false;
        let pick = match alt.pick.as_ref().map(|p| p.text.as_str()) {
            None | Some("all") => Pick::All,
            Some("first") => Pick::First,
            Some("last") => Pick::Last,
            Some("earliest") => Pick::Earliest,
            Some("latest") => Pick::Latest,
            Some(other) => {
                let place = alt.pick.as_ref()?.place.clone();
                self.fault(
                    "M029",
                    &place,
                    format!("`{other}` is no way to pick"),
                    "one of first, last, earliest, latest, all",
                );
                Pick::All
            }
        };
        let mut maps = Vec::new();
        for m in &alt.map {
            match self.terms.map_named(&m.text) {
                Some(id) => {
                    if let Some(set) = binding {
                        let bad: Vec<String> = self
                            .terms
                            .map(id)
                            .targets()
                            .filter(|t| {
                                !self.definitions.contains(set, Some(&t.system), &t.code)
                                    && !self.definitions.contains(set, None, &t.code)
                            })
                            .map(|t| t.code.to_string())
                            .collect();
                        if !bad.is_empty() {
                            let set = self.definitions.value_sets().name(set);
                            self.fault(
                                "M030",
                                &m.place,
                                format!(
                                    "`{}` gives {}, which the required value set `{set}` does not have",
                                    m.text,
                                    bad.join(", ")
                                ),
                                "",
                            );
                        }
                    }
                    maps.push(id);
                }
                None => {
                    let help = Self::did_you_mean(
                        &m.text,
                        self.terms.maps().iter().map(|m| m.name()).collect::<Vec<_>>().into_iter(),
                    );
                    self.fault("M031", &m.place, format!("no pack has the ConceptMap `{}`", m.text), help);
                }
            }
        }
        let mut argument = compact_str::CompactString::default();
        let via = match &alt.via {
            None => None,
            Some(v) => match native::called(&v.text) {
                Some((t, told)) => {
                    argument = told.into();
                    Some(t)
                }
                None => {
                    let help = Self::did_you_mean(&v.text, native::NATIVES.iter().map(|n| n.name));
                    self.fault("M032", &v.place, format!("there is no transform `{}`", v.text), help);
                    None
                }
            },
        };
        let target = match &alt.as_type {
            None => target.clone(),
            Some(t) => match (target, self.definitions.type_named(&t.text)) {
                (Target::Choice(options), Some(_)) if options.contains(&t.text.as_str()) => {
                    Target::Choice(options.iter().copied().filter(|o| *o == t.text).collect())
                }
                _ => {
                    self.fault("M033", &t.place, format!("`{}` is no type that this element may have", t.text), "");
                    target.clone()
                }
            },
        };
        let words =
            usize::from(alt.constant.is_some()) + usize::from(!alt.to.is_empty()) + usize::from(!alt.by.is_empty());
        if words > 1 {
            self.fault(
                "M034",
                &alt.place,
                "`const`, `to` and `by` exclude each other",
                "write them as alternatives in a list",
            );
        }
        let make = if let Some(c) = &alt.constant {
            Make::Const(self.constant(c, &target, binding)?)
        } else if !alt.to.is_empty() {
            Make::Refer(self.references(&alt.to, ty, targets))
        } else if !alt.by.is_empty() {
            if from.is_none() {
                self.fault("M035", &alt.place, "`by` needs `from`", "from says which node, or whose id");
            }
            Make::Link(self.references(&alt.by, ty, targets))
        } else if !alt.rows.is_empty() {
            let base = from.as_ref().map(|_| Convert {
                target: target.clone(),
                maps: maps.clone(),
                via,
                argument: argument.clone(),
            });
            Make::Build(base, self.rows(&alt.rows, ty, &inner_classes, rule, name, fhir))
        } else if from.is_some() {
            Make::Convert(Convert { target, maps, via, argument })
        } else {
            self.fault(
                "M036",
                &alt.place,
                "this row says nothing to read or write",
                "add from, const, to, or rows of its own",
            );
            return None;
        };
        Some(Alternative {
            needs: Marks::ANY,
            condition,
            from: from.map(|f| f.0),
            each: each.map(|e| e.0),
            conduct: alt.conduct,
            pick,
            report: alt.report.as_ref().map(|r| r.text.as_str().into()),
            make,
        })
    }

    /// A conducted path is evaluated on every ancestor: its first step must be known to some class.
    pub(super) fn conducted(&mut self, text: &Text) -> Option<plan::Path> {
        match path::parse_path(&text.text, &self.tables.define) {
            Ok(ast) => {
                let first = &ast.branches[0].steps[0];
                let classes = self.model.classes_of(&first.name);
                if classes.is_empty() && first.axis == Axis::Child {
                    let place = text.place.inside(first.at, first.name.len());
                    self.fault("M015", &place, format!("CDA has no element `{}`", first.name), "");
                }
                let mut any = vec![ANYTHING];
                any.extend(classes);
                Some(self.compile_path(&ast, text, &any).0)
            }
            Err(e) => {
                self.path_fault(text, e);
                None
            }
        }
    }

    pub(super) fn references(&mut self, names: &[Text], ty: TypeId, targets: &'static [&'static str]) -> Vec<RuleId> {
        let wanted = self.definitions.name(ty);
        let mut out = Vec::new();
        for n in names {
            let Some(id) = self.rule_id_unless_dropped(n) else { continue };
            // a rule that adds to another's resource stands for that resource
            let rule = &self.tables.rules[id.0 as usize];
            let rule =
                rule.into.as_ref().and_then(|i| self.tables.rules.iter().find(|r| r.name == i.text)).unwrap_or(rule);
            let Some(gives) = rule.to.as_ref().map(|t| t.text.clone()) else { continue };
            let resource =
                self.definitions.type_named(&gives).is_some_and(|t| self.definitions.kind(t) == Kind::Resource);
            if wanted == "Reference" && resource {
                // a rule that the element may not refer to is passed over, so that lists of participants can be shared
                if !targets.is_empty() && !targets.contains(&gives.as_str()) && !targets.contains(&"Resource") {
                    if names.len() == 1 {
                        self.fault(
                            "M037",
                            &n.place,
                            format!("this element may not refer to {gives}"),
                            format!("it may refer to {}", targets.join(", ")),
                        );
                    }
                    continue;
                }
            } else if gives != wanted {
                self.fault(
                    "M038",
                    &n.place,
                    format!("rule `{}` gives {gives}, this element is a {wanted}", rule.name),
                    "",
                );
                continue;
            }
            out.push(id);
        }
        out
    }

    pub(super) fn constant(
        &mut self,
        text: &Text,
        target: &Target,
        binding: Option<crate::fhir::definitions::ValueSetId>,
    ) -> Option<Value> {
        let ty = match target {
            Target::Type(t, _) => t,
            Target::Choice(options) if options.len() == 1 => options[0],
            Target::Choice(_) => {
                self.fault(
                    "M039",
                    &text.place,
                    "a constant for a choice needs its type",
                    "write the row as valueString or valueCodeableConcept",
                );
                return None;
            }
        };
        let coding = |c: &mut Self| -> Option<Object> {
            let mut parts = text.text.splitn(3, '|');
            let (Some(system), Some(code)) = (parts.next(), parts.next()) else {
                c.fault(
                    "M040",
                    &text.place,
                    "a constant coding is written `SYSTEM|code|display`",
                    "SYSTEM is a URI or an alias of [systems]",
                );
                return None;
            };
            let system = if system.is_empty() || system.contains(':') {
                system.to_owned()
            } else {
                match c.tables.systems.get(system) {
                    Some(s) => s.text.clone(),
                    None => {
                        let help = Self::did_you_mean(system, c.tables.systems.keys().map(String::as_str));
                        c.fault("M041", &text.place, format!("no pack declares the code system `{system}`"), help);
                        return None;
                    }
                }
            };
            if let Some(set) = binding
                && !c.definitions.contains(set, Some(&system), code)
            {
                let set = c.definitions.value_sets().name(set);
                c.fault("M030", &text.place, format!("the required value set `{set}` has no `{code}` of {system}"), "");
            }
            Some(
                Object::new()
                    .with("system", Value::String(lasting::shared(&system)))
                    .with("code", Value::String(lasting::shared(code)))
                    .with("display", parts.next().map(|d| Value::String(lasting::shared(d)))),
            )
        };
        let value = match ty {
            "CodeableConcept" => {
                let coding = coding(self)?;
                Object(vec![("coding", Value::Array(vec![coding.into()]))]).into()
            }
            "Coding" => coding(self)?.into(),
            "boolean" if matches!(text.text.as_str(), "true" | "false") => Value::Bool(text.text == "true"),
            "integer" | "positiveInt" | "unsignedInt" | "decimal" => Value::Number(text.text.as_str().into()),
            "code" => {
                if let Some(set) = binding
                    && !self.definitions.contains(set, None, &text.text)
                {
                    let codes: Vec<&str> = self.definitions.value_sets().codes(set).map(|(_, c)| c).collect();
                    let help = nearest(&text.text, codes.iter().copied())
                        .map_or_else(|| format!("it has {}", codes.join(", ")), |n| format!("did you mean `{n}`?"));
                    let set = self.definitions.value_sets().name(set);
                    self.fault(
                        "M030",
                        &text.place,
                        format!("the required value set `{set}` has no `{}`", text.text),
                        help,
                    );
                }
                Value::String(lasting::shared(&text.text))
            }
            // a word that is no boolean stays a text here, which the form of its type refuses below
            "boolean" | "string" | "markdown" | "uri" | "url" | "canonical" | "id" | "date" | "dateTime"
            | "instant" => Value::String(lasting::shared(&text.text)),
            other => {
                self.fault("M042", &text.place, format!("a {other} cannot be a constant"), "give it rows of its own");
                return None;
            }
        };
        if gate::has_form(ty, &value) == Some(false) {
            let help =
                if ty == "boolean" { "write `true` or `false`" } else { "R4 gives the forms of its simple types" };
            self.fault("M043", &text.place, format!("`{}` is no {ty}", text.text), help);
            return None;
        }
        Some(value)
    }
}

/// A type as a target, with the transform that makes it.
fn typed(name: &'static str) -> Target {
    Target::Type(name, native::datatype_named(name))
}
