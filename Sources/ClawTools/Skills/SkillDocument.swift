import ClawJSON

/// A `SKILL.md`: the skill's metadata and its instructions.
struct SkillDocument: Sendable {
  /// Why a file is not a valid skill, in terms its author can act on.
  struct Problem: Error, Equatable, CustomStringConvertible {
    let description: String
  }

  /// Longest body, in bytes.
  static let maxBodyBytes = 512 * 1024
  /// Longest file: front matter with its two lines, and body.
  static let maxBytes = FrontMatter.maxBytes + maxBodyBytes + 16
  /// Longest description, in characters; a longer one is truncated.
  static let maxDescription = 1024
  /// Longest version, in characters.
  static let maxVersion = 64

  let name: SkillName
  /// One line.
  let description: String
  /// Nil if the file has none.
  let version: String?
  /// Without hidden characters.
  let body: String
  /// How many hidden characters the body had.
  let hiddenCharacters: Int
  /// What was ignored, in terms its author can act on.
  let warnings: [String]

  /// - Parameter folder: The name of the file's folder, which is the skill's default name.
  init(_ bytes: [UInt8], folder: String) throws(Problem) {
    let (lines, rest) = try Self.split(bytes)
    var fields: Fields
    do {
      fields = try Fields(lines)
    } catch {
      throw Problem(description: "front matter, \(error)")
    }
    guard rest.count <= Self.maxBodyBytes else {
      throw Problem(
        description: "the body has more than \(Self.maxBodyBytes) bytes; move parts of it into files of their own")
    }
    for text in [fields.name, fields.description, fields.version] {
      // An escape may produce one even if the file itself has none.
      if let hidden = text.flatMap({ HiddenCharacters.first(in: $0, passingHarmless: true) }) {
        throw Self.hidden(hidden.name, line: nil)
      }
    }
    var warnings = fields.removeHidden()
    name = try Self.name(fields.name, folder: folder, &warnings)
    self.warnings = warnings
    guard let described = fields.description.map(Self.oneLine), !described.isEmpty else {
      throw Problem(
        description: "front matter: a \"description\" is missing; say what the skill does and when to use it")
    }
    description = Self.cut(described, to: Self.maxDescription)
    version = fields.version.map { Self.cut(Self.oneLine($0), to: Self.maxVersion) }
    let visible = HiddenCharacters.removed(from: String(decoding: rest, as: UTF8.self))
    (body, hiddenCharacters) = (visible.text.trimmedLines, visible.count)
  }

  /// The name in the file if it is valid, otherwise the folder's: the skill works without it.
  private static func name(_ said: String?, folder: String, _ warnings: inout [String]) throws(Problem) -> SkillName {
    guard let said else { return try SkillName(folder) }
    do {
      return try SkillName(said)
    } catch {
      let name = try SkillName(folder)
      warnings.append("the folder's name \"\(name.text)\" is taken: \(error)")
      return name
    }
  }

  /// The lines of the front matter, and everything after it.
  private static func split(_ bytes: [UInt8]) throws(Problem) -> ([FrontMatter.Line], ArraySlice<UInt8>) {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw Problem(description: "the file is not UTF-8") }
    var rest = bytes[...]
    if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
    guard let first = nextLine(&rest), isMark(first) else {
      throw Problem(
        description: "the file must begin with a front matter: a line of ---, then name and description, then --- again"
      )
    }
    let start = rest.startIndex
    var lines: [FrontMatter.Line] = []
    while let line = nextLine(&rest) {
      if isMark(line) {
        let text = String(decoding: bytes[start..<line.startIndex], as: UTF8.self)
        if let hidden = HiddenCharacters.first(in: text, passingHarmless: true) {
          throw Self.hidden(hidden.name, line: hidden.line + 1)
        }
        return (lines, rest)
      }
      guard line.endIndex - start <= FrontMatter.maxBytes else { break }
      lines.append(FrontMatter.Line(number: lines.count + 2, bytes: line))
    }
    throw Problem(description: "the front matter is not closed by a line of --- within \(FrontMatter.maxBytes) bytes")
  }

  private static func hidden(_ name: String, line: Int?) -> Problem {
    let place = line.map { ", line \($0)" } ?? ""
    return Problem(description: "front matter\(place): there is an invisible character (\(name)); remove it")
  }

  private static func nextLine(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard !rest.isEmpty else { return nil }
    var line = rest.prefix { $0 != 0x0A }
    rest = rest[line.endIndex...].dropFirst()
    if line.last == 0x0D { line.removeLast() }
    return line
  }

  private static func isMark(_ line: ArraySlice<UInt8>) -> Bool {
    line.first == UInt8(ascii: "-") && line.trimmed.elementsEqual("---".utf8)
  }

  private static func oneLine(_ text: String) -> String {
    // By scalars: a space with a combining mark is one character, of which the mark must be kept.
    text.unicodeScalars.split(whereSeparator: \.properties.isWhitespace).map(String.init).joined(separator: " ")
  }

  private static func cut(_ text: String, to limit: Int) -> String {
    // In scalars: a character with a thousand combining marks must not bypass the limit.
    guard text.unicodeScalars.count > limit else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit - 1))) + "…"
  }

  /// The skill's metadata, as pairs or as one JSON object.
  private struct Fields {
    private(set) var name: String?
    private(set) var description: String?
    private(set) var version: String?
    private var warnings: [String] = []

    /// Removes hidden characters.
    /// - Returns: all warnings.
    mutating func removeHidden() -> [String] {
      let (name, description, version) = (clean(name), clean(description), clean(version))
      let count = [name, description, version].reduce(0) { $0 + ($1?.count ?? 0) }
      (self.name, self.description, self.version) = (name?.text, description?.text, version?.text)
      return count == 0 ? warnings : warnings + ["\(count) characters that nobody sees were left out"]
    }

    private func clean(_ text: String?) -> (text: String, count: Int)? { text.map(HiddenCharacters.removed) }

    /// Without the common indentation.
    private static func outdented(_ lines: [FrontMatter.Line]) -> [FrontMatter.Line] {
      let written = lines.filter { !$0.isBlank && !$0.isComment }
      guard let indent = written.first?.indent, indent > 0, written.allSatisfy({ $0.indent >= indent }) else {
        return lines
      }
      return lines.map { FrontMatter.Line(number: $0.number, bytes: $0.bytes.dropFirst(min(indent, $0.indent))) }
    }

    init(_ lines: [FrontMatter.Line]) throws(FrontMatter.Problem) {
      guard let first = lines.first(where: { !$0.isBlank }), first.content.first == UInt8(ascii: "{") else {
        let matter = try FrontMatter(lines: Self.outdented(lines))
        warnings = matter.warnings.map { "front matter, \($0)" }
        name = try matter.text("name")
        description = try matter.text("description")
        let own = try matter.text("version")
        let nested = try matter.section("metadata")?.text("version")
        version = own ?? nested
        return
      }
      let bytes = Array(lines.map(\.bytes).joined(separator: [0x0A]))
      guard let object = try? JSONValue(parsing: bytes), object.objectValue != nil else {
        throw FrontMatter.Problem(line: first.number, message: "is no JSON object; write \"key: value\" pairs instead")
      }
      name = object["name"]?.stringValue
      description = object["description"]?.stringValue
      version = object["version"]?.stringValue ?? object["metadata"]?["version"]?.stringValue
    }
  }
}

extension String {
  /// Without leading empty lines and trailing white space.
  fileprivate var trimmedLines: String {
    let end = unicodeScalars.lastIndex { !$0.properties.isWhitespace }
    guard let end else { return "" }
    var start = unicodeScalars.startIndex
    var index = start
    while unicodeScalars[index].properties.isWhitespace {
      let scalar = unicodeScalars[index]
      index = unicodeScalars.index(after: index)
      if scalar == "\n" { start = index }
    }
    return String(unicodeScalars[start...end])
  }
}
