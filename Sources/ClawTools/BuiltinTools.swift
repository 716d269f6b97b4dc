import ClawCore

/// The tools that every agent can have, without any setup.
public enum BuiltinTools {
  /// `datetime` and `calculator`. Both only look at what they are given, so that they can be run again at any time.
  public static func all(
    clock: TimeSource = .system, zones: ZoneFileLibrary = .system
  ) -> [any Tool] {
    [DateTimeTool(clock: clock, zones: zones), CalculatorTool()]
  }
}
