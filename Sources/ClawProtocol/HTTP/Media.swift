/// An image, a file or a recording on the routes `/v1/media`; `GET /v1/media/{id}` returns its bytes.
public struct MediaBody: Codable, Sendable {
  /// A UUIDv7.
  public var id: String
  /// `image`, `audio` or `file`, by the type.
  public var kind: String
  /// A media type such as `image/png`; `application/octet-stream` if none was given.
  public var type: String
  /// In bytes.
  public var size: Int
  /// SHA-256 of the bytes as 64 hex digits; also the ETag.
  public var sha256: String
  /// Unix milliseconds.
  public var created_at: Int64

  /// The description of one medium; its owner is implied by the credential.
  public init(id: String, kind: String, type: String, size: Int, sha256: String, created_at: Int64) {
    self.id = id
    self.kind = kind
    self.type = type
    self.size = size
    self.sha256 = sha256
    self.created_at = created_at
  }
}
