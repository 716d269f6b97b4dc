import ClawJSON

/// A table with headings and columns of minimal width.
struct TextTable {
  let headings: [String]
  private(set) var rows: [[String]] = []

  init(_ headings: String...) {
    self.headings = headings
  }

  mutating func add(_ cells: String...) { rows.append(cells.map(Self.cell)) }

  /// The last column is not padded, so that no line has trailing spaces.
  func write(to console: Console) {
    let widths = headings.indices.map { column in
      ([headings] + rows).map { $0[column].count }.max() ?? 0
    }
    console.line(console.styles.dim(Self.line(headings, widths)))
    for row in rows { console.line(Self.line(row, widths)) }
  }

  private static func line(_ cells: [String], _ widths: [Int]) -> String {
    var text = ""
    for (cell, width) in zip(cells, widths) {
      text += cell + String(repeating: " ", count: width - cell.count + 2)
    }
    while text.endsWith(" ") { text.removeLast() }
    return text
  }

  /// Untrusted text, on one line.
  private static func cell(_ text: String) -> String {
    let plain = TerminalText.plain(text)
    return plain.isEmpty ? "–" : plain.oneLine().replacingBytes(of: "\t", with: " ")
  }
}
