import ClawCore
import ClawJSON
import ClawStore

/// A directory that all nodes of an installation must share, such as that of the workspaces. A marker file in it
/// contains a random word that is also in the database: a node that does not find it sees another directory.
struct SharedFolder: Sendable {
  let path: String

  private var file: String { path + "/.installation" }
  private static let stateName = "shared_folder"
  private static let maxBytes = 256

  enum Finding: Sendable, Hashable {
    /// No node has started yet.
    case unknown
    case shared
    /// This node sees another directory than the first node did.
    case apart
  }

  /// Checks without changing anything.
  func look(known: String?) async throws -> Finding {
    guard let known else { return .unknown }
    return try await word() == known ? .shared : .apart
  }

  /// The word in the database.
  static func known(in node: NodeTransaction) throws -> String? { try node.state.value(of: stateName) }

  /// Checks the directory; the first node of an installation creates the marker.
  func prepare(in store: Store) async throws -> Finding {
    let path = path
    let own: String
    if let found = try await word() {
      own = found
    } else {
      // Only the first node may create it: otherwise it would hide that nodes see different directories.
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
