/// Stores images and files of a tool, for reference in its result.
public struct ToolMedia: Sendable {
  private let keep: @Sendable ([UInt8], String) async throws -> MediaPart

  public init(_ keep: @escaping @Sendable (_ bytes: [UInt8], _ type: String) async throws -> MediaPart) {
    self.keep = keep
  }

  /// For tools that run without a media store.
  public static let none = ToolMedia { _, _ in throw ClawError(.failedPrecondition, "no media are kept here") }

  /// Stores bytes of a media type such as `image/png`. Media that no result refers to are removed after some time.
  /// - Throws: ``ClawError`` `invalidRequest` for too many bytes, `resourceExhausted` if the tenant's limit is reached,
  ///   `unavailable` if it can't be stored now.
  public func store(_ bytes: [UInt8], type: String) async throws -> MediaPart { try await keep(bytes, type) }
}
