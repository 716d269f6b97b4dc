import ClawJSON

/// The figures of one run.
struct Report: Sendable {
  let machine: Machine
  private(set) var figures: [Figure] = []

  init(machine: Machine) {
    self.machine = machine
  }

  mutating func add(_ figures: [Figure]) {
    self.figures += figures
  }

  /// A table for people, in Markdown.
  var table: String {
    let rows =
      [("Figure", "Value", "Target", "")] + figures.map { ($0.title, $0.shownValue, $0.shownTarget, $0.verdict) }
    let widths = (
      rows.map(\.0.count).max() ?? 0, rows.map(\.1.count).max() ?? 0, rows.map(\.2.count).max() ?? 0,
      rows.map(\.3.count).max() ?? 0
    )
    var lines = rows.map { row in
      "| \(Self.padded(row.0, widths.0)) | \(Self.padded(row.1, widths.1)) | \(Self.padded(row.2, widths.2)) "
        + "| \(Self.padded(row.3, widths.3)) |"
    }
    let rule = [widths.0, widths.1, widths.2, widths.3].map { String(repeating: "-", count: $0 + 2) }
    lines.insert("|\(rule.joined(separator: "|"))|", at: 1)
    return lines.joined(separator: "\n")
  }

  var json: JSONValue {
    ["machine": machine.json, "figures": .array(figures.map(\.json))]
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
