package granule.conformance;

import ca.uhn.fhir.context.support.IValidationSupport;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.hl7.fhir.r4.model.CodeSystem;

/**
 * Warns of a display that is not the one of its code system.
 *
 * <p>HL7's validator calls that an error; HAPI says nothing. Sources often bring display names of their own,
 * so it is a warning here, but one that shows.
 */
final class Displays {

  private final IValidationSupport definitions;
  private final Map<String, Map<String, Set<String>>> bySystem = new ConcurrentHashMap<>();

  Displays(IValidationSupport definitions) {
    this.definitions = definitions;
  }

  void check(JsonNode coding, String location, List<Finding> findings) {
    String system = coding.path("system").asText("");
    String code = coding.path("code").asText("");
    String display = coding.path("display").asText("");
    if (system.isEmpty() || code.isEmpty() || display.isEmpty()) {
      return;
    }
    Set<String> right =
        bySystem.computeIfAbsent(system, this::load).getOrDefault(code, Set.of());
    if (!right.isEmpty() && !right.contains(normal(display))) {
      findings.add(
          new Finding(
              Finding.Severity.WARNING,
              "granule-wrong-display",
              location,
              "Display \"" + display + "\" is not one of " + system + "#" + code));
    }
  }

  private Map<String, Set<String>> load(String system) {
    Map<String, Set<String>> displays = new HashMap<>();
    if (definitions.fetchCodeSystem(system) instanceof CodeSystem codes) {
      collect(codes.getConcept(), displays);
    }
    return displays;
  }

  private static void collect(
      List<CodeSystem.ConceptDefinitionComponent> concepts, Map<String, Set<String>> displays) {
    for (CodeSystem.ConceptDefinitionComponent concept : concepts) {
      Set<String> right = displays.computeIfAbsent(concept.getCode(), c -> new HashSet<>());
      if (concept.hasDisplay()) {
        right.add(normal(concept.getDisplay()));
      }
      concept.getDesignation().forEach(d -> right.add(normal(d.getValue())));
      collect(concept.getConcept(), displays);
    }
  }

  private static String normal(String display) {
    return display.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
  }
}
