/// An `Encoder` that makes a `JSONValue`. It is used by one call and never shared.
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

  /// Asking for a container cannot fail, so that a type that writes itself twice is reported at the end.
  private func set(_ node: JSONEncodedNode) {
    if content == nil {
      content = node
    } else {
      fault = JSONError(
        kind: .invalid, message: "the type encodes itself in two different ways at once", path: path.text)
    }
  }

  /// What was written; an empty object when nothing was.
  func finish() throws(JSONError) -> JSONValue {
    if let fault { throw fault }
    return try content?.finish() ?? .object([:])
  }

  /// Makes the JSON form of any encodable value. Every failure leaves here as a `JSONError` that knows its place.
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

/// What stands at one place of the document while it is being made.
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

/// An object in the making. Only nested containers, which are filled later, are kept apart.
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

/// An array in the making; a nested container holds its place with `null`.
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
