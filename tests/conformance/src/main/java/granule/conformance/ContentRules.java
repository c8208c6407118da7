package granule.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Rules which the validator does not decide, or only hints at.
 *
 * <p>A converter makes all resources of a bundle itself, so a {@code urn:uuid:} which no entry bears is always a
 * mistake of the converter, while to the validator it may be a resource which lives elsewhere.
 */
final class ContentRules {

  static final String SUBSTANCE_EXPOSURE_RISK =
      "http://hl7.org/fhir/StructureDefinition/allergyintolerance-substanceExposureRisk";

  private static final String UUID = "urn:uuid:";

  private final Displays displays;

  ContentRules(Displays displays) {
    this.displays = displays;
  }

  void check(JsonNode resource, List<Finding> findings) {
    boolean isBundle = resource.path("resourceType").asText().equals("Bundle");
    Set<String> fullUrls = isBundle ? fullUrls(resource, findings) : null;
    walk(resource, resource.path("resourceType").asText(), fullUrls, findings);
  }

  private static Set<String> fullUrls(JsonNode bundle, List<Finding> findings) {
    Set<String> fullUrls = new HashSet<>();
    int index = 0;
    for (JsonNode entry : bundle.path("entry")) {
      String fullUrl = entry.path("fullUrl").asText("");
      if (fullUrl.startsWith(UUID) && !fullUrls.add(fullUrl)) {
        findings.add(
            Finding.error(
                "granule-duplicate-fullUrl",
                "Bundle.entry[" + index + "].fullUrl",
                "Another entry has the fullUrl '" + fullUrl + "'"));
      }
      index++;
    }
    return fullUrls;
  }

  private void walk(
      JsonNode node, String location, Set<String> fullUrls, List<Finding> findings) {
    if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        walk(node.get(i), location + "[" + i + "]", fullUrls, findings);
      }
      return;
    }
    if (!node.isObject()) {
      return;
    }
    if (node.path("system").isTextual() && node.path("code").isTextual()) {
      coded(node, location, findings);
    }
    if (node.path("resourceType").asText().equals("AllergyIntolerance")) {
      exposureRiskReplacesCode(node, location, findings);
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      String at = location + "." + field.getKey();
      JsonNode value = field.getValue();
      // Reference.reference, and Attachment.url, which may point at a Binary of the bundle.
      if (field.getKey().equals("language") && value.isTextual()) {
        language(value.asText(), at, findings);
      }
      boolean isLink = field.getKey().equals("reference") || field.getKey().equals("url");
      if (isLink && value.isTextual()) {
        link(value.asText(), at, fullUrls, findings);
      } else {
        walk(value, at, fullUrls, findings);
      }
    }
  }

  private static void link(
      String target, String location, Set<String> fullUrls, List<Finding> findings) {
    if (fullUrls != null && target.startsWith(UUID) && !fullUrls.contains(target)) {
      findings.add(
          Finding.error(
              "granule-dangling-reference", location, "No entry has the fullUrl '" + target + "'"));
    }
  }

  private void coded(JsonNode node, String location, List<Finding> findings) {
    String system = node.path("system").asText();
    if (system.indexOf(':') < 0) {
      findings.add(
          Finding.error(
              "granule-relative-system",
              location + ".system",
              "A code system must be an absolute URI, not '" + system + "'"));
    }
    if (system.equals(LanguageTags.SYSTEM)) {
      language(node.path("code").asText(), location + ".code", findings);
    }
    displays.check(node, location, findings);
  }

  /** The binding is only preferred, so that the validator does not mind what is no language tag at all. */
  private static void language(String tag, String location, List<Finding> findings) {
    if (!LanguageTags.isValid(tag)) {
      findings.add(
          Finding.error(
              "granule-language", location, "'" + tag + "' is not a BCP 47 language tag"));
    }
  }

  private static void exposureRiskReplacesCode(
      JsonNode allergy, String location, List<Finding> findings) {
    for (JsonNode extension : allergy.path("extension")) {
      if (extension.path("url").asText().equals(SUBSTANCE_EXPOSURE_RISK) && allergy.has("code")) {
        findings.add(
            Finding.error(
                "granule-exposure-risk-and-code",
                location + ".code",
                "With the extension substanceExposureRisk the code must be omitted"));
      }
    }
  }
}
