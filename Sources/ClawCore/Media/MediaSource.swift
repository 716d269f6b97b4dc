/// Reads the media that a model request refers to: those of one tenant.
public struct MediaSource: Sendable {
  private let read: @Sendable (MediaPart) async throws -> String?

  /// - Parameter base64: The bytes in Base64; nil if they no longer exist.
  public init(base64 read: @escaping @Sendable (MediaPart) async throws -> String?) { self.read = read }

  /// For requests without media.
  public static let none = MediaSource { _ in nil }

  /// The bytes in Base64; nil if they no longer exist.
  /// - Throws: ``ClawError`` `unavailable` if they can't be read now.
  public func base64(of part: MediaPart) async throws -> String? { try await read(part) }
}
