import ClawCore
import ClawJSON
import Dispatch
import Synchronization

/// The skills in the data directory and in the workspaces of agents. Directories are not watched: each call checks the
/// cache against the files, at the cost of one `stat` per file.
public final class SkillLibrary: SkillService {
  /// A skill that was skipped or only partly read, and why.
  public struct Fault: Sendable, Hashable {
    /// The directory of the skill, or of all skills.
    public let path: String
    public let reason: String
    /// False if the skill is available and part of it was ignored.
    public var isLeftOut = true
  }

  /// Most directories cached; the oldest is evicted.
  static let maxShelves = 256

  private struct Cache {
    var contents: [SkillFolderCache: SkillFolderCache.Contents] = [:]
    var order: [SkillFolderCache] = []
    /// Faults already reported, by directory; only new ones are reported.
    var faults: [SkillFolderCache: Set<Fault>] = [:]
  }

  private struct Found {
    let shelf: SkillFolderCache
    let folder: String
    let skill: SkillDescription
  }

  private let dataDirectory: String
  private let time: TimeSource
  private let report: @Sendable (Fault) -> Void
  /// Held for long only on the queue.
  private let cache = Mutex(Cache())
  /// Files are read here, one at a time, and not on the cooperative pool.
  private let queue = DispatchQueue(label: "skills")
  /// Callers waiting for a workspace that is not being scanned yet.
  private let waiting = Mutex<UTF8Dictionary<[CheckedContinuation<[SkillDescription], Never>]>>([:])

  /// - Parameters:
  ///   - dataDirectory: The directory whose `skills` all agents have.
  ///   - report: Called for each skipped skill, once while it is unchanged.
  public init(
    dataDirectory: String, time: TimeSource = .system, report: @escaping @Sendable (Fault) -> Void = { _ in }
  ) {
    self.dataDirectory = dataDirectory
    self.time = time
    self.report = report
  }

  public func skills(in folder: AgentFolder) async -> [SkillDescription] {
    let workspace = folder.path
    return await withCheckedContinuation { continuation in
      let isFirst = waiting.withLock { waiting in
        waiting[workspace, default: []].append(continuation)
        return waiting[workspace]?.count == 1
      }
      guard isFirst else { return }
      queue.async { [self] in
        // All callers so far share the result.
        let waiters = waiting.withLock { $0.removeValue(forKey: workspace) } ?? []
        let skills = find(workspace).map(\.skill)
        for waiter in waiters { waiter.resume(returning: skills) }
      }
    }
  }

  public func text(of name: String, file: String?, in agentFolder: AgentFolder) async throws(ClawError) -> SkillText {
    try await onQueue { () -> Result<SkillText, ClawError> in
      Result { () throws(ClawError) in try self.read(name, file, agentFolder.path) }
    }.get()
  }

  private func onQueue<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      queue.async { continuation.resume(returning: body()) }
    }
  }

  // MARK: - On the queue

  /// The skills of an agent, without duplicate names; the workspace's take precedence over the gateway's.
  private func find(_ workspace: String) -> [Found] {
    var found: UTF8Dictionary<Found> = [:]
    for shelf in [
      SkillFolderCache(parent: workspace, source: .workspace), SkillFolderCache(parent: dataDirectory, source: .global),
    ] {
      var faults: Set<Fault> = []
      let contents = contents(of: shelf)
      if contents.isOverfull { faults.insert(Self.overfull(shelf)) }
      for (folder, entry) in contents.entries.sorted(by: { $0.key < $1.key }) {
        switch entry.skill {
        case .failure(let problem): faults.insert(Fault(path: shelf.path(of: folder), reason: problem.description))
        case .success(let skill):
          for warning in entry.warnings {
            faults.insert(Fault(path: shelf.path(of: folder), reason: warning, isLeftOut: false))
          }
          let earlier = found[skill.id]
          if let earlier, earlier.shelf == shelf {
            faults.insert(
              Fault(
                path: shelf.path(of: folder),
                reason: "\(earlier.folder) has the same name, \(skill.name); give one of them another"))
          } else if earlier == nil {
            found[skill.id] = Found(shelf: shelf, folder: folder, skill: skill)
          }
        }
      }
      reportNew(faults, of: shelf)
    }
    return found.values.sorted { $0.skill.id < $1.skill.id }
  }

  private static func overfull(_ shelf: SkillFolderCache) -> Fault {
    Fault(
      path: "\(shelf.parent)/skills",
      reason:
        "there are more than \(SkillFolderCache.maxSkills) skills or \(SkillFolderCache.maxNames) names; some are left out"
    )
  }

  private func contents(of shelf: SkillFolderCache) -> SkillFolderCache.Contents {
    let known = cache.withLock { $0.contents[shelf] }
    let contents = shelf.scan(knowing: known ?? SkillFolderCache.Contents(), at: time.now)
    cache.withLock { cache in
      if cache.contents.updateValue(contents, forKey: shelf) == nil { cache.order.append(shelf) }
      guard cache.order.count > Self.maxShelves else { return }
      let oldest = cache.order.removeFirst()
      cache.contents[oldest] = nil
      cache.faults[oldest] = nil
    }
    return contents
  }

  private func reportNew(_ faults: Set<Fault>, of shelf: SkillFolderCache) {
    let new = cache.withLock { cache in
      let known = cache.faults.updateValue(faults, forKey: shelf) ?? []
      return faults.subtracting(known)
    }
    for fault in new.sorted(by: { $0.path < $1.path }) { report(fault) }
  }

  private func read(_ name: String, _ file: String?, _ workspace: String) throws(ClawError) -> SkillText {
    let skills = find(workspace)
    let id = SkillName.id(of: name)
    guard let found = skills.first(where: { $0.skill.id.hasSameBytes(as: id) }) else {
      throw Self.unknown(name, skills)
    }
    let path = found.shelf.path(of: found.folder)
    do {
      let folder = try found.shelf.folder(found.folder)
      if let file {
        let (text, hidden) = try SkillFile.read(file, in: folder)
        return SkillText(skill: found.skill, text: text, hiddenCharacters: hidden, folder: path, files: [])
      }
      let document = try found.shelf.document(in: found.folder)
      return SkillText(
        skill: found.skill, text: document.body, hiddenCharacters: document.hiddenCharacters, folder: path,
        files: SkillFile.list(folder))
    } catch let error as ClawError {
      throw error
    } catch {
      // It existed a moment ago.
      throw ClawError(.notFound, "the skill \(found.skill.name) can't be read: \(error)")
    }
  }

  private static func unknown(_ name: String, _ skills: [Found]) -> ClawError {
    let names = skills.prefix(20).map(\.skill.name).joined(separator: ", ")
    let shown = HiddenCharacters.removed(from: String(name.prefix(64))).text
    return ClawError(
      .notFound, "skill not found: \(shown)" + (names.isEmpty ? "; there are none" : "; there is \(names)"))
  }
}
