import Foundation

/// The declarations of a Swift file, parsed from its text: sufficient for rules about length and documentation, on
/// sources formatted by `swift format`.
struct SwiftOutline {
  struct Declaration {
    /// `struct`, `func`, `case` …
    let keyword: String
    let name: String
    /// The names of the enclosing types, outermost first, and its own.
    let path: [String]
    /// The line of the declaration, from 1 on.
    let line: Int
    /// The line of its closing brace; ``line`` if it has none.
    var lastLine: Int
    /// Whether it is visible to other modules, according to its modifiers and those of the enclosing types.
    let isPublic: Bool
    /// The text of the `///` lines above it.
    let documentation: String
    /// The rest of the line after the keyword.
    let rest: String
    /// The rest of the line after the keyword of the enclosing type, including its conformances.
    let container: String

    var lineCount: Int { lastLine - line + 1 }
  }

  let declarations: [Declaration]

  init(_ text: String) {
    var reader = Reader()
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) { reader.take(line) }
    declarations = reader.declarations
  }

  private struct Scope {
    let index: Int
    let depth: Int
    let keyword: String
    let isPublic: Bool
  }

  private struct Reader {
    var declarations: [Declaration] = []
    private var scopes: [Scope] = []
    /// Open braces, and open parentheses and square brackets.
    private var (depth, brackets) = (0, 0)
    private var lineNumber = 0
    /// Whether the line is inside a multi-line string.
    private var isInText = false
    private var documentation: [String] = []
    /// The declaration whose opening brace was not seen yet.
    private var pending: Int?

    private static let modifiers: Set<Substring> = [
      "public", "package", "open", "private", "fileprivate", "internal", "static", "final", "mutating",
      "nonmutating", "indirect", "lazy", "override", "required", "convenience", "nonisolated", "isolated", "weak",
      "unowned", "prefix", "postfix", "infix",
    ]
    private static let keywords: Set<Substring> = [
      "struct", "class", "enum", "actor", "protocol", "extension", "typealias", "associatedtype", "func", "var", "let",
      "init", "subscript", "case", "deinit",
    ]
    private static let nameless: Set<Substring> = ["init", "subscript", "deinit"]

    mutating func take(_ line: Substring) {
      lineNumber += 1
      let holdsQuotes = line.contains("\"\"\"")
      if isInText {
        isInText = !holdsQuotes
        return
      }
      let bare = line.drop { $0 == " " }
      if bare.hasPrefix("///") {
        documentation.append(bare.dropFirst(3).trimmingCharacters(in: .whitespaces))
        return
      }
      let code = Self.withoutTexts(line)
      let statement = Self.withoutAttributes(code.drop { $0 == " " })
      if brackets == 0, depth == scopes.last?.depth ?? 0 { declare(statement) }
      follow(code)
      isInText = holdsQuotes && line.ranges(of: "\"\"\"").count == 1
      // An attribute may come between a comment and its declaration.
      if !(bare.hasPrefix("@") && statement.isEmpty) { documentation = [] }
    }

    private mutating func declare(_ statement: Substring) {
      var modifiers: Set<Substring> = []
      var rest = statement
      while true {
        // `private(set)` does not make it `private`.
        let word = rest.prefix { $0.isLetter }
        guard !word.isEmpty else { return }
        if Self.keywords.contains(word) { break }
        guard Self.modifiers.contains(word) else { return }
        rest = rest.dropFirst(word.count)
        if rest.first == "(" { rest = rest.drop { $0 != ")" }.dropFirst() } else { modifiers.insert(word) }
        rest = rest.drop { $0 == " " }
      }
      let keyword = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(keyword.count)
      guard rest.isEmpty || !(rest.first == "_" || rest.first?.isNumber == true || rest.first == ":") else { return }
      rest = rest.drop { $0 == " " }
      let name =
        Self.nameless.contains(keyword)
        ? String(keyword)
        : rest.prefix { $0.isLetter || $0.isNumber || "_.`".contains($0) }.filter { $0 != "`" }
      let container = scopes.last.map { declarations[$0.index] }
      declarations.append(
        Declaration(
          keyword: String(keyword), name: name, path: (container?.path ?? []) + [name], line: lineNumber,
          lastLine: lineNumber, isPublic: isPublic(modifiers, keyword),
          documentation: documentation.joined(separator: " "), rest: String(rest), container: container?.rest ?? ""))
      pending = declarations.count - 1
    }

    private func isPublic(_ modifiers: Set<Substring>, _ keyword: Substring) -> Bool {
      let says = modifiers.contains("public") || modifiers.contains("open")
      guard let scope = scopes.last else { return says }
      switch scope.keyword {
      case "protocol": return scope.isPublic
      case "enum": return scope.isPublic && (says || keyword == "case")
      case "extension":
        return says || scope.isPublic && modifiers.isDisjoint(with: ["private", "fileprivate", "internal"])
      default: return scope.isPublic && says
      }
    }

    /// Tracks brackets, and records where the braces of a declaration begin and end.
    private mutating func follow(_ code: Substring) {
      for byte in code.utf8 {
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: "["): brackets += 1
        case UInt8(ascii: ")"), UInt8(ascii: "]"): brackets -= 1
        case UInt8(ascii: "{"):
          depth += 1
          guard brackets == 0, let index = pending else { continue }
          pending = nil
          let declared = declarations[index]
          scopes.append(Scope(index: index, depth: depth, keyword: declared.keyword, isPublic: declared.isPublic))
        case UInt8(ascii: "}"):
          if let scope = scopes.last, scope.depth == depth {
            declarations[scope.index].lastLine = lineNumber
            scopes.removeLast()
          }
          depth -= 1
        default: continue
        }
      }
    }

    /// The line without its comment and the content of string literals.
    private static func withoutTexts(_ line: Substring) -> Substring {
      var kept: [UInt8] = []
      var isQuoted = false
      var bytes = Array(line.utf8)[...]
      while let byte = bytes.popFirst() {
        if isQuoted, byte == UInt8(ascii: "\\") { bytes = bytes.dropFirst() }
        if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
        if isQuoted || byte == UInt8(ascii: "\"") { continue }
        if byte == UInt8(ascii: "/"), bytes.first == byte { break }
        kept.append(byte)
      }
      return Substring(decoding: kept, as: UTF8.self)
    }

    private static func withoutAttributes(_ line: Substring) -> Substring {
      var rest = line
      while rest.first == "@" {
        rest = rest.dropFirst().drop { $0.isLetter || $0.isNumber || $0 == "_" }
        if rest.first == "(" { rest = rest.drop { $0 != ")" }.dropFirst() }
        rest = rest.drop { $0 == " " }
      }
      return rest
    }
  }
}
