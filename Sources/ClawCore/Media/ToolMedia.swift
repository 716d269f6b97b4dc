/// Where a tool leaves images and files, to name them in its result.
public struct ToolMedia: Sendable {
  private let keep: @Sendable ([UInt8], String) async throws -> MediaPart

  public init(_ keep: @escaping @Sendable (_ bytes: [UInt8], _ type: String) async throws -> MediaPart) {
    self.keep = keep
  }

  /// For tools that run where nothing is kept.
  public static let none = ToolMedia { _, _ in throw ClawError(.failedPrecondition, "no media are kept here") }

  /// Stores bytes of a media type such as `image/png`. What no result names is removed after some time.
  /// - Throws: ``ClawError`` `invalidRequest` for too many bytes, `resourceExhausted` if the tenant has as much as it may,
  ///   `unavailable` if it can't be stored now.
  public func store(_ bytes: [UInt8], type: String) async throws -> MediaPart { try await keep(bytes, type) }
}
