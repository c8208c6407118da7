package granule.conformance;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.ConceptValidationOptions;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.context.support.ValidationSupportContext;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.CanonicalType;
import org.hl7.fhir.r4.model.CodeSystem;
import org.hl7.fhir.r4.model.ValueSet;

/**
 * Answers for value sets that are made of what is not at hand: other value sets, or parts of SNOMED CT, LOINC, ….
 *
 * <p>US Core takes OMB race, ethnicity and birth sex from VSAC, which needs an account. HAPI expands such a value
 * set to nothing, and then calls every code wrong; where a value set filters an absent code system it fails inside. Here a
 * code that may be in the absent part is accepted, with a warning that names what is missing. A code from
 * another system is left to HAPI: it is not in the absent part.
 */
final class UndecidableValueSets implements IValidationSupport {

  /** By this part of the message the findings are known again: no identifier of ours survives the validator. */
  static final String MARK = " cannot be decided: it needs ";

  /** Systems which HAPI decides by rules instead of a list of codes. */
  private static final Set<String> DECIDED_BY_RULE =
      Set.of(
          "http://unitsofmeasure.org",
          "urn:ietf:bcp:47",
          "urn:ietf:bcp:13",
          "urn:iso:std:iso:3166",
          "urn:iso:std:iso:4217",
          "https://www.usps.com/");

  private final FhirContext context;
  private final Map<String, Missing> known = new ConcurrentHashMap<>();

  UndecidableValueSets(FhirContext context) {
    this.context = context;
  }

  @Override
  public FhirContext getFhirContext() {
    return context;
  }

  @Override
  public boolean isValueSetSupported(ValidationSupportContext support, String url) {
    return url != null && !missing(support, url).isNothing();
  }

  @Override
  public CodeValidationResult validateCode(
      ValidationSupportContext support,
      ConceptValidationOptions options,
      String system,
      String code,
      String display,
      String valueSetUrl) {
    return valueSetUrl == null ? null : answer(support, valueSetUrl, system, code, display);
  }

  @Override
  public CodeValidationResult validateCodeInValueSet(
      ValidationSupportContext support,
      ConceptValidationOptions options,
      String system,
      String code,
      String display,
      IBaseResource valueSet) {
    String url = ((ValueSet) valueSet).getUrl();
    return url == null ? null : answer(support, url, system, code, display);
  }

  private CodeValidationResult answer(
      ValidationSupportContext support, String url, String system, String code, String display) {
    String absent = missing(support, url).partThatMayHold(system);
    if (absent == null) {
      return null;
    }
    return new CodeValidationResult()
        .setSeverity(IssueSeverity.WARNING)
        .setCode(code)
        .setDisplay(display)
        .setMessage("ValueSet " + url + MARK + absent);
  }

  private Missing missing(ValidationSupportContext support, String url) {
    Missing found = known.get(url);
    if (found == null) {
      found = new Missing(new TreeSet<>(), new TreeSet<>());
      collect(support.getRootValidationSupport(), url, new HashSet<>(), found);
      known.put(url, found);
    }
    return found;
  }

  private static void collect(
      IValidationSupport definitions, String url, Set<String> seen, Missing missing) {
    if (!seen.add(url) || !(definitions.fetchValueSet(url) instanceof ValueSet valueSet)) {
      return;
    }
    for (ValueSet.ConceptSetComponent include : valueSet.getCompose().getInclude()) {
      String system = include.getSystem();
      if (system != null && !include.hasConcept() && isAbsent(definitions, system)) {
        missing.systems().add(system);
      }
      for (CanonicalType part : include.getValueSet()) {
        if (definitions.fetchValueSet(part.getValue()) == null) {
          missing.valueSets().add(part.getValue());
        } else {
          collect(definitions, part.getValue(), seen, missing);
        }
      }
    }
  }

  private static boolean isAbsent(IValidationSupport definitions, String system) {
    if (DECIDED_BY_RULE.contains(system)) {
      return false;
    }
    return !(definitions.fetchCodeSystem(system) instanceof CodeSystem codes)
        || codes.getContent() == CodeSystem.CodeSystemContentMode.NOTPRESENT
        || codes.getConcept().isEmpty();
  }

  /** What a value set needs and cannot be had. */
  private record Missing(Set<String> valueSets, Set<String> systems) {

    boolean isNothing() {
      return valueSets.isEmpty() && systems.isEmpty();
    }

    /** The absent part that may hold a code of the system, or null if none may. */
    String partThatMayHold(String system) {
      if (system != null && systems.contains(system)) {
        return system;
      }
      return valueSets.isEmpty() ? null : valueSets.iterator().next();
    }
  }
}
