/// The path from the document to a value. Created only when entering a nested value or reporting an error.
indirect enum JSONPath {
  case root
  case child(of: JSONPath, any CodingKey)

  func appending(_ key: any CodingKey) -> JSONPath { .child(of: self, key) }

  func appending(name: String) -> JSONPath { .child(of: self, JSONKey(name: name)) }

  func appending(index: Int) -> JSONPath { .child(of: self, JSONKey(index: index)) }

  init(_ codingPath: [any CodingKey]) {
    self = codingPath.reduce(.root) { $0.appending($1) }
  }

  var codingPath: [any CodingKey] {
    var keys: [any CodingKey] = []
    var path = self
    while case .child(let parent, let key) = path {
      keys.append(key)
      path = parent
    }
    keys.reverse()
    return keys
  }

  /// The path in text form: `params.messages[2].role`.
  var text: String {
    var text = ""
    for key in codingPath {
      if let index = key.intValue {
        text += "[\(index)]"
      } else if Self.isPlainName(key.stringValue) {
        text += text.isEmpty ? key.stringValue : ".\(key.stringValue)"
      } else {
        text += "[\(JSONValue.string(key.stringValue).serializedString())]"
      }
    }
    return text
  }

  private static func isPlainName(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "$"):
          true
        default:
          false
        }
      }
  }
}

/// A key of our own: an array index, or the fixed name of a superclass's part.
struct JSONKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  static let superKey = JSONKey(name: "super")

  init(index: Int) {
    self.stringValue = String(index)
    self.intValue = index
  }

  init(name: String) {
    self.stringValue = name
    self.intValue = nil
  }

  init?(stringValue: String) { self.init(name: stringValue) }
  init?(intValue: Int) { self.init(index: intValue) }
}
