import Crypto

/// The gateway's own token, kept as a digest alone: what isn't there can't be printed, logged or dumped.
public struct GatewayToken: Sendable, CustomStringConvertible, CustomReflectable {
  private let digest: SHA256Digest

  /// Nil for an empty secret: the gateway never runs open.
  public init?(_ secret: String) {
    guard !secret.isEmpty else { return nil }
    digest = SHA256.hash(data: Array(secret.utf8))
  }

  /// Whether `candidate` is the token. Takes the same time wherever the two differ: digests have one length, and
  /// every byte of them is looked at.
  public func matches(_ candidate: String) -> Bool {
    let other = SHA256.hash(data: Array(candidate.utf8))
    return zip(digest, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }

  public var description: String { "GatewayToken(***)" }

  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
