/// Any bytes give an error or a skill within its limits; its metadata, written in quotes, is parsed as the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFrontMatter(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: size))
  sections(of: bytes)
  let skill: SkillDocument
  do { skill = try SkillDocument(bytes, folder: "folder") } catch {
    guard !error.description.isEmpty else { fatalError("a problem without words") }
    return 0
  }
  guard !skill.description.isEmpty, skill.description.unicodeScalars.count <= SkillDocument.maxDescription,
    (skill.version ?? "").unicodeScalars.count <= SkillDocument.maxVersion,
    skill.name.text.utf8.count <= SkillName.maxBytes
  else { fatalError("more than the limits allow: \(skill)") }
  for text in [skill.name.text, skill.description, skill.version ?? "", skill.body] {
    guard HiddenCharacters.first(in: text) == nil else { fatalError("a character that nobody sees") }
  }
  let written = """
    ---
    name: \(quoted(skill.name.text))
    description: \(quoted(skill.description))
    version: \(quoted(skill.version ?? ""))
    ---
    \(skill.body)
    """
  guard let again = try? SkillDocument(Array(written.utf8), folder: "other"), again.name == skill.name,
    again.description == skill.description, again.version ?? "" == skill.version ?? "", again.body == skill.body
  else { fatalError("written and read again it is another skill: \(skill)") }
  return 0
}

/// Reads every value of every section, without the checks of a skill.
private func sections(of bytes: [UInt8]) {
  let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
  guard let matter = try? FrontMatter(lines: lines.map { FrontMatter.Line(number: $0.offset + 1, bytes: $0.element) })
  else { return }
  read(matter, depth: 4)
}

private func read(_ matter: FrontMatter, depth: Int) {
  for key in matter.entries.keys {
    _ = try? matter.text(key)
    if depth > 0, let section = matter.section(key) { read(section, depth: depth - 1) }
  }
}

private func quoted(_ text: String) -> String {
  // By bytes: a quote and a combining mark are one character.
  let escaped = text.utf8.flatMap { $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\"") ? [0x5C, $0] : [$0] }
  return "\"\(String(decoding: escaped, as: UTF8.self))\""
}
