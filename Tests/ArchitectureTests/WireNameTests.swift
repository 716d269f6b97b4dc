import ClawProtocol
import Testing

/// Names on the wire belong to `ClawProtocol` and the edges. Inside, an error identifies a field by an enum case
/// (``ClawError/Field``), and each edge adds its own name.
@Suite("Names of the wire")
struct WireNameTests {
  private static let inside: Set = ["ClawCore", "ClawEngine", "ClawStore", "ClawTools", "ClawModels"]

  @Test("names of methods and events stand in the protocol target alone")
  func methodsAndEvents() {
    let events = ["run.started", "run.completed", "tool.call", "tool.result"]
    let names = events + MethodCatalog.all.map { $0.name }.filter { $0.contains(".") }
    // Log messages and metrics have names of their own; a wire name is a complete string literal.
    for file in SourceTree.files where file.target != "ClawProtocol" {
      for name in names {
        #expect(!file.code.contains("\"\(name)\""), "\(file) writes \"\(name)\"")
      }
    }
  }

  @Test("no error of the inside names a field, a method or params of the wire")
  func errors() {
    let methods = MethodCatalog.all.map { $0.name }.filter { $0.contains(".") }
    #expect(Self.fields.count > 60 && Self.fields.contains("sessionKey") && Self.fields.contains("expires_at"))
    var errors = 0
    for file in SourceTree.files where Self.inside.contains(file.target) {
      for text in Self.errorTexts(in: file.code) {
        errors += 1
        #expect(!text.contains("params."), "\(file): \(text)")
        for method in methods { #expect(!text.contains(method), "\(file): \(text)") }
        let words = text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init)
        let named = Self.fields.intersection(words)
        #expect(named.isEmpty, "\(file) names \(named.sorted()): \(text)")
      }
    }
    #expect(errors > 100)
  }

  @Test("the texts of errors are found, without what is put into them")
  func texts() {
    let found = Self.errorTexts(
      in: """
        throw ClawError(.invalidRequest, "a \\(name(of: "x")) b", details: [.limit: 1])
        let other = "agentId"
        throw ClawError(
          field: .agent,
          "c"
            + "d")
        """)
    #expect(found == ["a  b", "c", "d"])
  }

  /// The properties of wire types whose names are not plain words.
  private static let fields: Set<String> = Set(
    SourceTree.files.filter { $0.target == "ClawProtocol" }
      .flatMap { SwiftOutline($0.text).declarations }
      .filter { $0.isPublic && ["var", "let"].contains($0.keyword) }
      .flatMap { $0.rest.prefix { $0 != ":" }.split(separator: ",").map { $0.filter { $0 != " " && $0 != "`" } } }
      .filter { name in name.contains("_") || name.contains { $0.isUppercase } })

  /// The string literals in each `ClawError(…)`, without interpolations.
  private static func errorTexts(in code: String) -> [String] {
    var texts: [String] = []
    for start in code.ranges(of: "ClawError(") {
      var depth = 1
      // The open interpolations, by the parenthesis depth at which each began.
      var interpolations: [Int] = []
      var text: String?
      var rest = code[start.upperBound...]
      while depth > 0, let character = rest.popFirst() {
        if var current = text, interpolations.isEmpty {
          if character == "\\" {
            if rest.popFirst() == "(" { interpolations.append(depth) }
          } else if character == "\"" {
            if !current.isEmpty { texts.append(current) }
            text = nil
            continue
          } else {
            current.append(character)
          }
          text = current
          continue
        }
        switch character {
        case "\"" where !interpolations.isEmpty:
          // A string inside an interpolation is an argument, not text.
          while let next = rest.popFirst(), next != "\"" { if next == "\\" { _ = rest.popFirst() } }
        case "\"": text = ""
        case "(":
          depth += 1
        case ")":
          if interpolations.last == depth { interpolations.removeLast() } else { depth -= 1 }
        default: continue
        }
      }
    }
    return texts
  }
}
