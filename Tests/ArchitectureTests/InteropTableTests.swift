import Foundation
import Testing

/// `Docs/interop.md` lists the behaviour of other software and the tests that cover it.
@Suite("The table of Docs/interop.md")
struct InteropTableTests {
  private static let root = SourceTree.root

  /// The cells of each table row, without the header.
  private static let rows: [[String]] = {
    guard let text = try? String(contentsOf: root.appendingPathComponent("Docs/interop.md"), encoding: .utf8) else {
      return []
    }
    let lines = text.split(separator: "\n").filter { $0.hasPrefix("|") }
    return lines.map { line in
      // A bar inside a cell is escaped as `\|`.
      let parts = line.replacingOccurrences(of: "\\|", with: "\u{0}").split(separator: "|")
      return parts.map { $0.replacingOccurrences(of: "\u{0}", with: "|").trimmingCharacters(in: .whitespaces) }
    }.filter { !$0[0].hasPrefix("---") && $0[0] != "What" }
  }()

  /// The titles of all Swift tests, and the ids of the Python cases.
  private static let tests: Set<String> = {
    var found: Set<String> = []
    for folder in ["Tests", "Conformance"] {
      let place = root.appendingPathComponent(folder).path
      for case let path as String in FileManager.default.enumerator(atPath: place) ?? .init() {
        guard path.hasSuffix(".swift") || path.hasSuffix(".py"), !path.contains(".venv"),
          let text = try? String(contentsOfFile: "\(place)/\(path)", encoding: .utf8)
        else { continue }
        found.formUnion(text.matches(of: #/@(?:Test|Suite)\(\s*"((?:[^"\\]|\\.)*)"/#).map { String($0.output.1) })
        found.formUnion(text.matches(of: #/@(?:case|fault)\(\s*"([^"]+)"/#).map { String($0.output.1) })
      }
    }
    return found
  }()

  @Test("each row says what, with which version it was seen, what the gateway does, and which test holds it")
  func shape() {
    #expect(!Self.rows.isEmpty)
    for row in Self.rows {
      #expect(row.count == 4 && row.allSatisfy { !$0.isEmpty }, "not four cells: \(row)")
    }
  }

  @Test("each test that a row names is there")
  func named() {
    for row in Self.rows {
      let names = row.last?.matches(of: #/`([^`]+)`/#).map { String($0.output.1) } ?? []
      #expect(!names.isEmpty, "no test is named: \(row)")
      for name in names { #expect(Self.tests.contains(name), "there is no test \"\(name)\": \(row)") }
    }
  }
}
