/// A secret on the routes `/v1/secrets`. Its value is never told.
public struct SecretBody: Codable, Sendable {
  public var name: String
  /// Always `***`.
  public var value: String
  /// Unix milliseconds.
  public var updated_at: Int64

  public init(name: String, updated_at: Int64) {
    self.name = name
    value = "***"
    self.updated_at = updated_at
  }
}

/// `GET /v1/secrets`
public struct SecretListBody: Codable, Sendable {
  public var secrets: [SecretBody]

  public init(secrets: [SecretBody]) {
    self.secrets = secrets
  }
}

/// The body of `PUT /v1/secrets/{name}`; `***` leaves the value as it is.
public struct SecretValueBody: Codable, Sendable {
  public var value: String

  public init(value: String) {
    self.value = value
  }
}

/// The answer to `POST /v1/secrets/rotate`.
public struct SecretRotationBody: Codable, Sendable {
  /// How many were sealed anew.
  public var resealed: Int

  public init(resealed: Int) {
    self.resealed = resealed
  }
}
