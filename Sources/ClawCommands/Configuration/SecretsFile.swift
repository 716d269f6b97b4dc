import ClawCore
import ClawJSON

/// `secrets.env` in the data directory: lines `NAME=value` for settings that are not allowed in the configuration file.
/// Must be readable by its owner only. All methods block.
struct SecretsFile: Sendable {
  /// Maximum size in bytes.
  static let maxBytes = 65_536

  let path: String

  /// Overrides the loaded values by those in the file.
  func read(into loaded: inout LoadedConfiguration) {
    let found: (bytes: [UInt8], status: PrivateFile.Status)?
    do {
      found = try PrivateFile.read(path, limit: Self.maxBytes)
    } catch {
      return loaded.add(path, "\(error)")
    }
    guard let found else { return }
    guard !found.status.isOpenToOthers else {
      return loaded.add(
        path,
        "can be read by other users (mode \(String(found.status.mode, radix: 8))), so what is in it may be known. Close "
          + "it with: chmod 600 \(path)   and think of new keys")
    }
    guard let text = String(validating: found.bytes, as: UTF8.self) else {
      return loaded.add(path, "is no UTF-8 text")
    }
    for (number, line) in Self.lines(of: text).enumerated() { take(line, number + 1, into: &loaded) }
  }

  private func take(_ line: Substring, _ number: Int, into loaded: inout LoadedConfiguration) {
    guard let entry = Self.entry(of: line) else {
      // Never quotes the line, which may be part of a key.
      if !Self.isEmpty(line) { loaded.add(path, "line \(number): expected NAME=value, or # and a remark") }
      return
    }
    guard let setting = loaded.values.table.first(where: { $0.variables.contains(entry.name) }) else {
      let known = loaded.values.table.filter(\.isSecret).flatMap(\.variables)
      let nearest = NearestName.nearest(to: entry.name, among: known).map { "; did you mean \($0)?" } ?? ""
      return loaded.add(path, "line \(number): no setting has the variable \(Self.shown(entry.name))\(nearest)")
    }
    guard setting.isSecret else {
      return loaded.add(
        path, "line \(number): \(setting.path) is no secret; put it into config.json or the environment")
    }
    guard !entry.value.isEmpty else { return }
    loaded.take(setting, setting.json(entry.value), from: .secrets(path))
  }

  /// Sets values and leaves all other lines unchanged. Creates the file if necessary.
  func set(_ values: [(name: String, value: String)]) throws {
    let found = try PrivateFile.read(path, limit: Self.maxBytes)
    if let found, found.status.isOpenToOthers {
      throw CommandFailure(.configuration, "\(path) can be read by other users. Close it with: chmod 600 \(path)")
    }
    let text = found.map { String(decoding: $0.bytes, as: UTF8.self) } ?? Self.head
    var lines = Self.lines(of: text).filter { line in
      !values.contains { $0.name.hasSameBytes(as: Self.entry(of: line)?.name ?? "") }
    }
    while lines.last.map(Self.isEmpty) == true { lines.removeLast() }
    for (name, value) in values {
      guard !value.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
        throw CommandFailure(.usage, "the value of \(name) holds control characters; was it copied whole?")
      }
      let isQuoted = value.startsWith("\"") || value.startsWith("'")
      lines.append(isQuoted ? "\(name)=\"\(value)\"" : "\(name)=\(value)")
    }
    try PrivateFile.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: path, .replacing)
  }

  private static let head = """
    # Secrets of SwiftClaw, as NAME=value. Keep it private (mode 0600). A variable of the environment outweighs a line
    # here.
    """

  private static func lines(of text: String) -> [Substring] {
    text.lines
  }

  private static func isEmpty(_ line: Substring) -> Bool {
    let text = line.trimmingASCII()
    return text.isEmpty || text.startsWith("#")
  }

  /// `NAME=value`, optionally with `export` before it and quotes around the value.
  private static func entry(of line: Substring) -> (name: String, value: String)? {
    guard !isEmpty(line), let equals = line.firstIndex(ofASCII: "=") else { return nil }
    let written = line[..<equals].trimmingASCII()
    let name = written.droppingPrefix("export ")?.trimmingASCII() ?? written
    guard !name.isEmpty, name.utf8.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) || $0 == 95 }) else {
      return nil
    }
    var value = line.after(equals).trimmingASCII()
    for quote in ["\"", "'"] where value.startsWith(quote) && value.endsWith(quote) && value.utf8.count >= 2 {
      value = value.after(value.startIndex)
      value = value[..<value.utf8.index(before: value.endIndex)]
      break
    }
    return (String(name), String(value))
  }

  private static func shown(_ name: String) -> String { String(name.prefix(60)) }
}
