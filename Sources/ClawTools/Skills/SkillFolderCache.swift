import ClawCore
import ClawJSON
import Crypto

/// A directory of skills, each in a subdirectory with a `SKILL.md`.
struct SkillFolderCache: Sendable, Hashable {
  /// Most skills per directory; further ones, in the order of directory names, are ignored.
  static let maxSkills = 200
  /// Most names examined.
  static let maxNames = 2000
  /// The file that makes a folder a skill.
  static let fileName = "SKILL.md"

  /// The directory that contains `skills`.
  @UTF8Key var parent: String
  let source: SkillDescription.Source

  /// The data directory is filled by the operator, who may link to skills elsewhere. A workspace may be written to by
  /// its agent: a link there could lead outside of it.
  private var mayLink: Bool { source == .global }

  /// A skill, or why it is invalid.
  struct Entry: Sendable {
    let stamp: SkillFolder.Stamp
    /// False while the file may change without a change of its stamp: within the resolution of the file system's clock.
    let isSettled: Bool
    let skill: Result<SkillDescription, SkillDocument.Problem>
    /// What was ignored in a valid skill.
    var warnings: [String] = []
  }

  /// All skills found, by directory name.
  struct Contents: Sendable {
    var entries: UTF8Dictionary<Entry> = [:]
    var isOverfull = false
  }

  /// How long a file must be unchanged for its stamp to be trusted.
  private static let settling = Duration.seconds(2)

  /// Checks all skills and reads those that have changed.
  func scan(knowing known: Contents, at now: Timestamp) -> Contents {
    var contents = Contents()
    guard let shelf = open() else { return contents }
    let (names, hasMore) = shelf.names(limit: Self.maxNames)
    contents.isOverfull = hasMore
    for name in names {
      guard let stamp = shelf.stamp(of: "\(name)/\(Self.fileName)") else { continue }
      guard contents.entries.count < Self.maxSkills else {
        contents.isOverfull = true
        break
      }
      if let entry = known.entries[name], entry.stamp == stamp, entry.isSettled {
        contents.entries[name] = entry
      } else {
        contents.entries[name] = load(name, from: shelf, stamp: stamp, at: now)
      }
    }
    return contents
  }

  /// Reads the current version of a skill.
  func document(in folder: String) throws(SkillDocument.Problem) -> SkillDocument {
    guard let shelf = open() else { throw Self.explained(.missing) }
    return try Self.document(folder, try skillFolder(folder, of: shelf)).document
  }

  /// The folder of a skill.
  func folder(_ name: String) throws(SkillDocument.Problem) -> SkillFolder {
    guard let shelf = open() else { throw Self.explained(.missing) }
    return try skillFolder(name, of: shelf)
  }

  /// The path of a skill.
  func path(of folder: String) -> String { "\(parent)/skills/\(folder)" }

  private func open() -> SkillFolder? {
    guard parent.startsWith("/"), let folder = SkillFolder(trusted: parent) else { return nil }
    return try? folder.folder("skills", mayBeLink: mayLink)
  }

  private func skillFolder(_ name: String, of shelf: borrowing SkillFolder) throws(SkillDocument.Problem) -> SkillFolder
  {
    do {
      return try shelf.folder(name, mayBeLink: mayLink)
    } catch {
      throw Self.explained(error)
    }
  }

  private func load(
    _ name: String, from shelf: borrowing SkillFolder, stamp: SkillFolder.Stamp, at now: Timestamp
  ) -> Entry {
    do {
      let folder = try skillFolder(name, of: shelf)
      let (document, read, version) = try Self.document(name, folder)
      let skill = SkillDescription(
        id: document.name.id, name: document.name.text, summary: document.description, source: source,
        version: document.version ?? version)
      return Entry(
        stamp: read, isSettled: Self.isSettled(read, at: now), skill: .success(skill), warnings: document.warnings)
    } catch {
      return Entry(stamp: stamp, isSettled: Self.isSettled(stamp, at: now), skill: .failure(error))
    }
  }

  private static func isSettled(_ stamp: SkillFolder.Stamp, at now: Timestamp) -> Bool {
    let changed = Timestamp(milliseconds: max(stamp.modified, stamp.changed) / 1_000_000)
    return now - changed > settling
  }

  private static func document(
    _ name: String, _ folder: borrowing SkillFolder
  ) throws(SkillDocument.Problem) -> (document: SkillDocument, stamp: SkillFolder.Stamp, digest: String) {
    let (bytes, stamp): ([UInt8], SkillFolder.Stamp)
    do {
      (bytes, stamp) = try folder.read(fileName, limit: SkillDocument.maxBytes)
    } catch {
      throw explained(error)
    }
    let digest = SHA256.hash(data: bytes).prefix(6)
    let hex = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return (try SkillDocument(bytes, folder: name), stamp, "sha256:" + hex)
  }

  private static func explained(_ problem: SkillFolder.Problem) -> SkillDocument.Problem {
    switch problem {
    case .missing: SkillDocument.Problem(description: "there is no such folder")
    case .notPlain:
      SkillDocument.Problem(description: "its folder and \(fileName) must be a folder and a file, not links")
    case .tooLarge: SkillDocument.Problem(description: "\(fileName) has more than \(SkillDocument.maxBytes) bytes")
    case .unreadable(let number):
      SkillDocument.Problem(description: "\(fileName) can't be read (system error \(number)); check who may read it")
    }
  }
}
