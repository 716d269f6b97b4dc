import ClawCore
import ClawJSON

/// The other files in a skill's folder.
enum SkillFile {
  /// Longest readable file, in bytes.
  static let maxBytes = 512 * 1024
  /// Longest path, in bytes.
  static let maxPathBytes = 1024
  /// Most files in a list.
  static let maxListed = 100
  /// Depth limit of listing and reading.
  static let maxDepth = 8

  /// Reads a text file by its path in the folder, without following links.
  /// - Throws: `notFound`, or `invalidRequest` for a file that is not text or must not be read.
  static func read(_ path: String, in folder: consuming SkillFolder) throws(ClawError) -> (text: String, count: Int) {
    var parts = try parts(of: path)
    let name = parts.removeLast()
    do {
      var folder = folder
      for part in parts { folder = try folder.folder(part) }
      let bytes = try folder.read(name, limit: maxBytes).bytes
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw ClawError(.invalidRequest, "\(path) is no text")
      }
      return HiddenCharacters.removed(from: text)
    } catch let problem as SkillFolder.Problem {
      throw explained(problem, path)
    } catch {
      throw ClawError(wrapping: error)
    }
  }

  /// The sorted paths of the files in a skill's folder, without its `SKILL.md`.
  static func list(_ folder: borrowing SkillFolder) -> [String] {
    var paths: [String] = []
    list(folder, prefix: "", depth: maxDepth, into: &paths)
    paths.removeAll { $0.hasSameBytes(as: SkillFolderCache.fileName) }
    return Array(paths.prefix(maxListed))
  }

  private static func list(
    _ folder: borrowing SkillFolder, prefix: String, depth: Int, into paths: inout [String]
  ) {
    for name in folder.names(limit: maxListed + 1).names {
      guard paths.count <= maxListed else { return }
      guard HiddenCharacters.first(in: name) == nil, !name.containsControlCharacters else { continue }
      if depth > 1, let inner = try? folder.folder(name) {
        list(inner, prefix: "\(prefix)\(name)/", depth: depth - 1, into: &paths)
      } else if folder.isPlainFile(name) {
        paths.append(prefix + name)
      }
    }
  }

  private static func parts(of path: String) throws(ClawError) -> [String] {
    let parts = path.split(at: "/", omittingEmpty: false).map(String.init)
    guard path.utf8.count <= maxPathBytes, (1...maxDepth).contains(parts.count), parts.allSatisfy(SkillFolder.isPlain),
      !path.containsControlCharacters
    else {
      throw ClawError(
        .invalidRequest, "a file must be named by its path inside of the skill's folder, such as scripts/run.py")
    }
    return parts
  }

  private static func explained(_ problem: SkillFolder.Problem, _ path: String) -> ClawError {
    switch problem {
    case .missing: ClawError(.notFound, "there is no file \(path) in the skill's folder")
    case .notPlain: ClawError(.invalidRequest, "\(path) is no plain file; links are not followed")
    case .tooLarge: ClawError(.invalidRequest, "\(path) has more than \(maxBytes) bytes")
    case .unreadable: ClawError(.invalidRequest, "\(path) can't be read")
    }
  }
}
