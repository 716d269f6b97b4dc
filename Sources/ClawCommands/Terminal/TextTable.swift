import ClawJSON

/// Rows under a line of headings, in columns as wide as they have to be.
struct TextTable {
  let headings: [String]
  private(set) var rows: [[String]] = []

  init(_ headings: String...) {
    self.headings = headings
  }

  mutating func add(_ cells: String...) { rows.append(cells.map(Self.cell)) }

  /// The last column is not filled up, so that no line ends with blanks.
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

  /// Text of others, on one line.
  private static func cell(_ text: String) -> String {
    let plain = TerminalText.plain(text)
    return plain.isEmpty ? "–" : plain.oneLine().replacingBytes(of: "\t", with: " ")
  }
}
