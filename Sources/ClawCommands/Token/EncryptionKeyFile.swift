import ClawCore
import ClawEngine
import ClawJSON
import ClawStore

/// The key that seals secrets: from the environment, or a file that only its owner can read. All methods block, except
/// those that change the key.
struct EncryptionKeyFile: Sendable {
  let path: String
  private var previousPath: String { path + ".previous" }

  init(_ directory: DataDirectory) {
    path = directory.path + "/encryption.key"
  }

  /// Returns the keys, and creates one if necessary.
  /// - Parameters:
  ///   - given: The value of `SWIFTCLAW_ENCRYPTION_KEY`; empty if unset.
  ///   - mayCreate: Whether a missing file may be created. False if several nodes share one store: each would create
  ///     its own.
  /// - Returns: `isOwn` if the key is in the file, so that the gateway may change it.
  func obtain(
    given: String, previous: String, mayCreate: Bool
  ) throws -> (keys: SealingKeys, isOwn: Bool) {
    if let found = try find(given: given, previous: previous) { return found }
    guard mayCreate else {
      throw ConfigurationProblem(
        place: "SWIFTCLAW_ENCRYPTION_KEY",
        message: "is not set; nodes that share a database need the same key. Make one with: openssl rand -hex 32")
    }
    try PrivateFile.makeDirectory(String(path.prefix(upTo: path.lastIndex(ofASCII: "/") ?? path.endIndex)))
    guard let made = SealingKey.generate() else { throw Self.malformed(path) }
    // Another process may have created it first; its key is used.
    try PrivateFile.write(Array((made.text + "\n").utf8), to: path, .new)
    guard let key = try read(path) else { throw Self.malformed(path) }
    return (SealingKeys(current: key), true)
  }

  /// The existing keys; nil if there are none yet.
  /// - Throws: ``ConfigurationProblem`` for an invalid key, or one that others can read.
  func find(given: String, previous: String) throws -> (keys: SealingKeys, isOwn: Bool)? {
    guard given.isEmpty else {
      guard let key = SealingKey(given) else { throw Self.malformed("SWIFTCLAW_ENCRYPTION_KEY") }
      guard !previous.isEmpty else { return (SealingKeys(current: key), false) }
      guard let old = SealingKey(previous) else { throw Self.malformed("SWIFTCLAW_ENCRYPTION_KEY_PREVIOUS") }
      return (SealingKeys(current: key, previous: old), false)
    }
    return try read(path).map { (SealingKeys(current: $0, previous: try read(previousPath)), true) }
  }

  private func read(_ path: String) throws -> SealingKey? {
    guard let (bytes, status) = try PrivateFile.read(path, limit: 4096) else { return nil }
    guard !status.isOpenToOthers else {
      throw ConfigurationProblem(
        place: path,
        message: "can be read by other users, so the key may be known. Close it with: chmod 600 \(path)   and then: "
          + "swiftclaw secrets rotate")
    }
    let words = String(decoding: bytes, as: UTF8.self).words
    guard words.count == 1, let key = SealingKey(String(words[0])) else { throw Self.malformed(path) }
    return key
  }

  private static func malformed(_ place: String) -> ConfigurationProblem {
    ConfigurationProblem(place: place, message: "must hold 64 hex digits, or the base64 of 32 bytes")
  }
}

extension EncryptionKeyFile: SealingKeyChanger {
  func replace() async throws -> SealingKeys {
    try await Blocking.run { [self] in
      guard let old = try PrivateFile.read(path, limit: 4096), let current = try read(path),
        let made = SealingKey.generate()
      else { throw Self.malformed(path) }
      // The order matters: at every moment each key in use is in one of the files.
      if let previous = try read(previousPath), previous.id != current.id {
        throw ClawError(
          .failedPrecondition, "an earlier key rotation is incomplete; restart the gateway first")
      }
      try PrivateFile.write(old.bytes, to: previousPath, .replacing)
      try PrivateFile.write(Array((made.text + "\n").utf8), to: path, .replacing)
      return SealingKeys(current: made.key, previous: current)
    }
  }

  func settle() async throws {
    try await Blocking.run { [self] in try PrivateFile.remove(previousPath) }
  }
}
