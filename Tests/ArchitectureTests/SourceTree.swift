import Foundation

/// The sources as text, for rules that the compiler does not check.
enum SourceTree {
  struct File: CustomStringConvertible {
    /// Relative to the repository.
    let path: String
    let text: String
    /// The target it belongs to.
    let target: String

    var description: String { path }
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    /// The modules it imports.
    var imports: [String] {
      lines.compactMap { line in
        let words = line.split(separator: " ").map(String.init)
        guard let index = words.firstIndex(of: "import"), index < 3, index + 1 < words.count,
          !line.hasPrefix("//"), !line.hasPrefix(" *")
        else { return nil }
        let kinds = ["struct", "class", "enum", "func", "protocol", "typealias", "let", "var"]
        let name = kinds.contains(words[index + 1]) && index + 2 < words.count ? words[index + 2] : words[index + 1]
        return name.split(separator: ".").first.map(String.init)
      }
    }
    /// The text without comments; string literals are unchanged.
    var code: String {
      lines.map { line in
        guard let comment = line.range(of: "//"), !line[..<comment.lowerBound].contains("\"") else {
          return String(line)
        }
        return String(line[..<comment.lowerBound])
      }.joined(separator: "\n")
    }
  }

  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// Every Swift file below `Sources`.
  static let files: [File] = {
    let sources = root.appendingPathComponent("Sources").path
    let paths = FileManager.default.enumerator(atPath: sources)?.compactMap { $0 as? String } ?? []
    return paths.filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
      guard let text = try? String(contentsOfFile: sources + "/" + path, encoding: .utf8),
        let target = path.split(separator: "/").first
      else { return nil }
      return File(path: "Sources/" + path, text: text, target: String(target))
    }
  }()
}
