import ClawJSON

/// One line of the result.
struct Figure: Sendable {
  enum Bound: Sendable {
    case atMost(Double)
    case atLeast(Double)
  }

  /// A stable, machine-readable name.
  let name: String
  /// A description.
  let title: String
  let value: Double
  let unit: String
  var bound: Bound?

  init(_ name: String, _ title: String, _ value: Double, _ unit: String, _ bound: Bound? = nil) {
    self.name = name
    self.title = title
    self.value = value
    self.unit = unit
    self.bound = bound
  }

  /// Whether the target is met; nil without a target.
  var isMet: Bool? {
    switch bound {
    case .atMost(let limit): value <= limit
    case .atLeast(let limit): value >= limit
    case nil: nil
    }
  }

  var shownValue: String { "\(Self.shown(value)) \(unit)" }

  var shownTarget: String {
    switch bound {
    case .atMost(let limit): "≤ \(Self.shown(limit))"
    case .atLeast(let limit): "≥ \(Self.shown(limit))"
    case nil: ""
    }
  }

  var verdict: String {
    isMet.map { $0 ? "met" : "missed" } ?? ""
  }

  var json: JSONValue {
    var json: JSONValue = [
      "name": .string(name), "title": .string(title), "value": .number(value), "unit": .string(unit),
    ]
    switch bound {
    case .atMost(let limit): json["at_most"] = .number(limit)
    case .atLeast(let limit): json["at_least"] = .number(limit)
    case nil: break
    }
    json["met"] = isMet.map { .bool($0) }
    return json
  }

  /// About four significant digits; a whole number without decimals.
  private static func shown(_ value: Double) -> String {
    let places = abs(value) >= 1000 || value == value.rounded() ? 0 : abs(value) >= 100 ? 1 : 2
    let scale = [1.0, 10.0, 100.0][places]
    let scaled = Int64((abs(value) * scale).rounded())
    let (whole, rest) = scaled.quotientAndRemainder(dividingBy: Int64(scale))
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard places > 0 else { return sign + grouped(whole) }
    let digits = String(rest)
    return sign + grouped(whole) + "." + String(repeating: "0", count: places - digits.count) + digits
  }

  private static func grouped(_ value: Int64) -> String {
    guard value >= 10_000 else { return String(value) }
    return grouped(value / 1000) + " " + String(String(value % 1000 + 1000).dropFirst())
  }
}
