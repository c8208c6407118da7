package granule.conformance;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line. */
final class Options {

  static final String USAGE =
      """
      usage: validate.sh [--us-core FILE.tgz] [--uk-core FILE.tgz] [--threads N]
                         [--summary FILE.json] [--max N] [--verbose]
                         [--no-vital-signs] DIR...
             validate.sh [--us-core FILE.tgz] --self-test FIXTURES
      """;

  /** Packages of profiles, in the order in which they are asked. */
  final List<Path> packages = new ArrayList<>();

  final List<Path> inputs = new ArrayList<>();
  int threads = 2;
  int max = Integer.MAX_VALUE;
  /** Hold observations to R4's vital signs profiles by their code, as HL7's validator does. */
  boolean vitalSigns = true;

  /** Print every finding of every file, not only its first errors. */
  boolean verbose;

  Path summary;
  Path selfTest;

  static Options parse(String[] arguments) {
    Options options = new Options();
    for (int i = 0; i < arguments.length; i++) {
      String argument = arguments[i];
      switch (argument) {
        case "--us-core", "--uk-core", "--package" ->
            options.packages.add(Path.of(value(arguments, ++i, argument)));
        case "--no-vital-signs" -> options.vitalSigns = false;
        case "--verbose" -> options.verbose = true;
        case "--threads" -> options.threads = number(arguments, ++i, argument);
        case "--max" -> options.max = number(arguments, ++i, argument);
        case "--summary" -> options.summary = Path.of(value(arguments, ++i, argument));
        case "--self-test" -> options.selfTest = Path.of(value(arguments, ++i, argument));
        default -> {
          if (argument.startsWith("-")) {
            throw new IllegalArgumentException("unknown option " + argument);
          }
          options.inputs.add(Path.of(argument));
        }
      }
    }
    if (options.inputs.isEmpty() && options.selfTest == null) {
      throw new IllegalArgumentException("no folder given");
    }
    return options;
  }

  private static String value(String[] arguments, int index, String option) {
    if (index >= arguments.length) {
      throw new IllegalArgumentException(option + " needs a value");
    }
    return arguments[index];
  }

  private static int number(String[] arguments, int index, String option) {
    String text = value(arguments, index, option);
    try {
      int number = Integer.parseInt(text);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Falls through to the same message as zero and below.
    }
    throw new IllegalArgumentException(option + " needs a number above 0, not " + text);
  }
}
