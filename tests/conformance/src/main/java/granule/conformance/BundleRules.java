package granule.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Rules on a whole bundle which the validator does not decide, or only warns of.
 *
 * <p>A converter makes all resources of a bundle itself, so a {@code urn:uuid:} which no entry bears is always a
 * mistake of the converter, while to the validator it may be a resource which lives elsewhere.
 */
final class BundleRules {

  private static final String UUID = "urn:uuid:";

  private BundleRules() {}

  static List<Finding> check(JsonNode bundle) {
    List<Finding> findings = new ArrayList<>();
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
    index = 0;
    for (JsonNode entry : bundle.path("entry")) {
      references(entry.path("resource"), "Bundle.entry[" + index + "].resource", fullUrls, findings);
      index++;
    }
    return findings;
  }

  private static void references(
      JsonNode node, String location, Set<String> fullUrls, List<Finding> findings) {
    if (node.isArray()) {
      for (int i = 0; i < node.size(); i++) {
        references(node.get(i), location + "[" + i + "]", fullUrls, findings);
      }
      return;
    }
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      JsonNode value = field.getValue();
      String at = location + "." + field.getKey();
      if (field.getKey().equals("reference") && value.isTextual()) {
        String target = value.asText();
        if (target.startsWith(UUID) && !fullUrls.contains(target)) {
          findings.add(
              Finding.error(
                  "granule-dangling-reference", at, "No entry has the fullUrl '" + target + "'"));
        }
      } else {
        references(value, at, fullUrls, findings);
      }
    }
  }
}
