import ClawCore
import ClawJSON
import ClawStore

/// A folder that all nodes of one installation have to see, such as that of the workspaces. A file in it holds a word
/// that the database knows: a node that does not find it there looks at another folder.
struct SharedFolder: Sendable {
  let path: String

  private var file: String { path + "/.installation" }
  private static let stateName = "shared_folder"
  private static let maxBytes = 256

  enum Finding: Sendable, Hashable {
    /// No node has started yet.
    case unknown
    case shared
    /// What this node sees is not what the node saw that was here first.
    case apart
  }

  /// Looks, and changes nothing.
  func look(known: String?) async throws -> Finding {
    guard let known else { return .unknown }
    return try await word() == known ? .shared : .apart
  }

  /// The word in the database.
  static func known(in node: NodeTransaction) throws -> String? { try node.state.value(of: stateName) }

  /// Looks; the first node of an installation leaves the word there for others.
  func prepare(in store: Store) async throws -> Finding {
    let path = path
    let own: String
    if let found = try await word() {
      own = found
    } else {
      // Only who is first may leave one: it would hide from others that they see another folder.
      if let known = try await store.node.read({ try Self.known(in: $0) }) { return try await look(known: known) }
      let made = RunID.generate(at: TimeSource.system.now).rawValue
      try await Blocking.run { [file] in
        try PrivateFile.makeDirectory(path)
        try PrivateFile.write(Array((made + "\n").utf8), to: file, .new)
      }
      own = try await word() ?? made
    }
    let known = try await store.node.write { node -> String in
      if let known = try Self.known(in: node) { return known }
      try node.state.set(Self.stateName, to: own)
      return own
    }
    return known == own ? .shared : .apart
  }

  private func word() async throws -> String? {
    try await Blocking.run { [file] in
      try PrivateFile.read(file, limit: Self.maxBytes).map { found in
        String(String(decoding: found.bytes, as: UTF8.self).words.first ?? "")
      }
    }
  }
}
