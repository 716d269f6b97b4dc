public enum DeviceTag {}

/// The public ID of a paired device (UUIDv7); unrelated to its secret.
public typealias DeviceID = Identifier<DeviceTag>
