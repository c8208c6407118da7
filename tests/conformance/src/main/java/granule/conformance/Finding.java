package granule.conformance;

/**
 * One thing the validator, or a rule of the harness, says about a file.
 *
 * @param severity how bad it is
 * @param id       the validator's own identifier of the rule, or an empty string
 * @param location FHIRPath of the element
 * @param message  the text as the validator gives it
 */
record Finding(Severity severity, String id, String location, String message) {

  enum Severity {
    ERROR,
    WARNING,
    INFORMATION
  }

  static Finding error(String id, String location, String message) {
    return new Finding(Severity.ERROR, id, location, message);
  }

  /** The finding without what differs from file to file, so that thousands of them can be counted. */
  String kind() {
    return MessageKind.of(this);
  }
}
