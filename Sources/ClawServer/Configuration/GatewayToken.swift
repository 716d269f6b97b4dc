import Crypto

/// The gateway token, stored as a digest only, so that it can't be printed, logged or dumped.
public struct GatewayToken: Sendable, CustomStringConvertible, CustomReflectable {
  private let digest: SHA256Digest

  /// Nil for an empty secret: the gateway never runs unauthenticated.
  public init?(_ secret: String) {
    guard !secret.isEmpty else { return nil }
    digest = SHA256.hash(data: Array(secret.utf8))
  }

  /// Whether `candidate` is the token. Constant time: digests have equal length, and all bytes are compared.
  public func matches(_ candidate: String) -> Bool {
    let other = SHA256.hash(data: Array(candidate.utf8))
    return zip(digest, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  public var description: String { "GatewayToken(***)" }

  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
