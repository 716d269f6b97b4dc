import ClawJSON

/// The id of a request: echoed with its JSON type.
public enum RequestID: Sendable, Codable {
  /// A string; compared by its bytes.
  case string(String)
  /// A 64-bit integer.
  case integer(Int64)

  public init(from decoder: any Decoder) throws {
    switch try decoder.singleValueContainer().decode(JSONValue.self) {
    case .string(let text): self = .string(text)
    case .integer(let number): self = .integer(number)
    default:
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "id must be a string or an integer"))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .string(let text): try container.encode(text)
    case .integer(let number): try container.encode(number)
    }
  }

  /// The id as JSON.
  public var json: JSONValue {
    switch self {
    case .string(let text): .string(text)
    case .integer(let number): .integer(number)
    }
  }
}

extension RequestID: Hashable {
  /// Two strings are the same id only if their bytes are equal.
  public static func == (left: RequestID, right: RequestID) -> Bool { left.json == right.json }
  public func hash(into hasher: inout Hasher) { json.hash(into: &hasher) }
}
