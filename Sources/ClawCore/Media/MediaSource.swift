/// Where the bytes of media are read that a request to a model refers to: those of one tenant.
public struct MediaSource: Sendable {
  private let read: @Sendable (MediaPart) async throws -> String?

  /// - Parameter base64: The bytes in base64; nil if they are no longer kept.
  public init(base64 read: @escaping @Sendable (MediaPart) async throws -> String?) { self.read = read }

  /// For requests that refer to none.
  public static let none = MediaSource { _ in nil }

  /// The bytes in base64; nil if they are no longer kept.
  /// - Throws: ``ClawError`` `unavailable` if they can't be read now.
  public func base64(of part: MediaPart) async throws -> String? { try await read(part) }
}
