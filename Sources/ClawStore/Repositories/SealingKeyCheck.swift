import ClawCore

/// A sealed value in the database that verifies the sealing key.
public struct SealingKeyCheck {
  private static let name = "sealing_proof"
  private static let place = SealingContext(tenant: "", table: "node_state", row: name)
  private static let text = "the key of this gateway"

  let node: NodeTransaction

  /// Stores the check value if there is none.
  /// - Throws: ``ClawError`` `failedPrecondition` for the wrong key.
  public func check(_ keys: SealingKeys) throws {
    guard try verify(keys) else { return try set(keys) }
  }

  /// Whether the check value exists: the database may then hold sealed values.
  public var isThere: Bool { get throws { try node.state.value(of: Self.name) != nil } }

  /// As ``check(_:)``, without storing the check value.
  /// - Returns: false if there is none yet.
  /// - Throws: ``ClawError`` `failedPrecondition` for the wrong key.
  public func verify(_ keys: SealingKeys) throws -> Bool {
    guard let value = try node.state.value(of: Self.name) else { return false }
    do {
      guard try keys.open(value, at: Self.place) == Self.text else { throw SealingError.broken }
      return true
    } catch SealingError.otherKey(let id) {
      throw ClawError(
        .failedPrecondition,
        "the secrets of this database are sealed with the key \(id), and this gateway was given the key "
          + "\(keys.current.id); give it the right one with SWIFTCLAW_ENCRYPTION_KEY, or as "
          + "SWIFTCLAW_ENCRYPTION_KEY_PREVIOUS beside the new one")
    } catch {
      throw ClawError(
        .failedPrecondition, "the value in the database that proves the encryption key was changed; restore a backup")
    }
  }

  /// Makes this the current key.
  public func set(_ keys: SealingKeys) throws {
    try node.state.set(Self.name, to: try keys.seal(Self.text, at: Self.place))
  }
}

extension NodeTransaction {
  public var sealingProof: SealingKeyCheck { SealingKeyCheck(node: self) }
}
