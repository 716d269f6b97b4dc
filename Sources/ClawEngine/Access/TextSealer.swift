import ClawStore

/// Seals what must survive a crash and must not be read out of the database.
public protocol TextSealer: Sendable {
  /// - Throws: If there is no key to seal with.
  func seal(_ text: String, at place: SealedPlace) throws -> String

  /// - Throws: ``SealingError`` if the text was sealed with a key that is gone, was changed, or stood elsewhere.
  func open(_ sealed: String, at place: SealedPlace) throws -> String
}

extension SecretKeeper: TextSealer {
  public func seal(_ text: String, at place: SealedPlace) throws -> String { try current.seal(text, at: place) }
  public func open(_ sealed: String, at place: SealedPlace) throws -> String { try current.open(sealed, at: place) }
}
