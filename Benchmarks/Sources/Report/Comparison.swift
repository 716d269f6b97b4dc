/// A value measured with an older binary and with this one, in the same run.
struct Comparison<Value: Sendable>: Sendable {
  /// Nil if there is no older binary.
  let older: Value?
  let newer: Value

  static func take(
    _ setting: Setting, _ body: (_ setting: Setting, _ isOlder: Bool) async throws -> Value
  ) async throws -> Comparison {
    var older: Value?
    if let binary = setting.older { older = try await body(setting.running(binary), true) }
    return Comparison(older: older, newer: try await body(setting, false))
  }
}

extension Comparison<Double> {
  /// Both values, and their ratio.
  func figures(
    _ name: String, _ title: String, _ unit: String, bound: Figure.Bound?
  ) -> [Figure] {
    var figures = [Figure(name, title, newer, unit)]
    if let older {
      figures.append(Figure(name + ".older", "  the older binary", older, unit))
      figures.append(Figure(name + ".ratio", "  newer against older", newer / older, "×", bound))
    }
    return figures
  }
}
