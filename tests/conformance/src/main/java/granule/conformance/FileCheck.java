package granule.conformance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is said about one file: the validator's findings and those of {@link ContentRules}. */
final class FileCheck {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final ResourceValidator validator;
  private final ContentRules rules;

  FileCheck(ResourceValidator validator) {
    this.validator = validator;
    this.rules = new ContentRules(new Displays(validator.definitions()));
  }

  /** The findings; a file which cannot be read, or makes the validator fail, has one that says so. */
  Result check(Path file) {
    try {
      String text = Files.readString(file);
      JsonNode tree = JSON.readTree(text);
      if (!tree.path("resourceType").isTextual()) {
        return new Result(
            0, List.of(Finding.error("granule-not-a-resource", "", "The file has no resourceType")));
      }
      List<Finding> findings = new ArrayList<>(validator.validate(text));
      rules.check(tree, findings);
      boolean isBundle = tree.path("resourceType").asText().equals("Bundle");
      int resources = isBundle ? tree.path("entry").size() : 1;
      return new Result(resources, findings);
    } catch (JsonProcessingException e) {
      return new Result(
          0, List.of(Finding.error("granule-not-json", "", "Not JSON: " + e.getOriginalMessage())));
    } catch (IOException e) {
      return new Result(0, List.of(Finding.error("granule-unreadable", "", "Cannot be read: " + e)));
    } catch (RuntimeException | StackOverflowError e) {
      return new Result(
          0, List.of(Finding.error("granule-validator-failed", "", "The validator failed: " + e)));
    }
  }

  /**
   * @param resources how many resources were validated, for the throughput
   */
  record Result(int resources, List<Finding> findings) {

    List<Finding> of(Finding.Severity severity) {
      return findings.stream().filter(f -> f.severity() == severity).toList();
    }
  }
}
