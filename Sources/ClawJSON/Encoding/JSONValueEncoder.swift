/// An `Encoder` that produces a `JSONValue`. It is used by one call and never shared.
final class JSONValueEncoder: Encoder {
  let path: JSONPath
  private var content: JSONEncodedNode?
  private var fault: JSONError?

  init(path: JSONPath) { self.path = path }

  var codingPath: [any CodingKey] { path.codingPath }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .object(let object) = content {
      return KeyedEncodingContainer(JSONObjectEncoding<Key>(object))
    }
    let object = JSONEncodedObject(path: path)
    set(.object(object))
    return KeyedEncodingContainer(JSONObjectEncoding<Key>(object))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if case .array(let array) = content { return JSONArrayEncoding(array) }
    let array = JSONEncodedArray(path: path)
    set(.array(array))
    return JSONArrayEncoding(array)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { JSONSingleValueEncoding(encoder: self) }

  func store(_ value: JSONValue) { set(.value(value)) }

  /// Requesting a container can't throw, so a type that encodes itself twice is reported at the end.
  private func set(_ node: JSONEncodedNode) {
    if content == nil {
      content = node
    } else {
      fault = JSONError(
        kind: .invalid, message: "the type encodes itself in two different ways at once", path: path.text)
    }
  }

  /// The encoded value; an empty object if nothing was encoded.
  func finish() throws(JSONError) -> JSONValue {
    if let fault { throw fault }
    return try content?.finish() ?? .object([:])
  }

  /// Encodes any encodable value as JSON. All errors are converted to a `JSONError` with a path.
  static func encode<T: Encodable>(
    _ value: T, at path: @autoclosure () -> JSONPath
  ) throws(JSONError) -> JSONValue {
    if T.self == JSONValue.self, let value = value as? JSONValue { return value }
    let path = path()
    let encoder = JSONValueEncoder(path: path)
    do {
      try value.encode(to: encoder)
    } catch let error as JSONError {
      throw error.located(at: path)
    } catch let EncodingError.invalidValue(_, context) {
      let place = context.codingPath.isEmpty ? path : JSONPath(context.codingPath)
      throw JSONError(kind: .notRepresentable, message: context.debugDescription, path: place.text)
    } catch {
      throw JSONError(kind: .invalid, message: "\(error)", path: path.text)
    }
    return try encoder.finish()
  }
}

/// A node of the document under construction.
enum JSONEncodedNode {
  case value(JSONValue)
  case object(JSONEncodedObject)
  case array(JSONEncodedArray)
  case encoder(JSONValueEncoder)

  func finish() throws(JSONError) -> JSONValue {
    switch self {
    case .value(let value): value
    case .object(let object): try object.finish()
    case .array(let array): try array.finish()
    case .encoder(let encoder): try encoder.finish()
    }
  }
}

/// An object under construction. Only nested containers, which are filled later, are kept separately.
final class JSONEncodedObject {
  let path: JSONPath
  var members: JSONObject = [:]
  var nested: UTF8Dictionary<JSONEncodedNode> = [:]

  init(path: JSONPath) { self.path = path }

  func finish() throws(JSONError) -> JSONValue {
    for (name, node) in nested { members[name] = try node.finish() }
    return .object(members)
  }
}

/// An array under construction; `null` is the placeholder for a nested container.
final class JSONEncodedArray {
  let path: JSONPath
  var elements: [JSONValue] = []
  var nested: [(index: Int, node: JSONEncodedNode)] = []

  init(path: JSONPath) { self.path = path }

  var here: JSONPath { path.appending(index: elements.count) }

  func append(_ node: JSONEncodedNode) {
    nested.append((elements.count, node))
    elements.append(.null)
  }

  func finish() throws(JSONError) -> JSONValue {
    for (index, node) in nested { elements[index] = try node.finish() }
    return .array(elements)
  }
}
