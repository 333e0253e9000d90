using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using MLPlatform.Vlps.Shards;

namespace MLPlatform.Cli.Vlps.Shards;

/// <summary>Messages of shards over gRPC: bytes as they are, on one stream both ways.</summary>
internal static class ShardWire
{
    /// <summary>Names the secret that all processes of a training share.</summary>
    public const string SecretVariable = "MLP_TRAINING_SECRET";

    public const string SecretHeader = "authorization";

    /// <summary>What a stream may send before the other side has read it: a few batches.</summary>
    public const int Window = 8 << 20;

    private static readonly Marshaller<ShardMessage> Messages = Marshallers.Create(Write, Read);

    public static readonly Method<ShardMessage, ShardMessage> Link = new(MethodType.DuplexStreaming, "vlps.Shard", "Link", Messages, Messages);

    public static string Secret() => Environment.GetEnvironmentVariable(SecretVariable) is { Length: > 0 } secret ? secret
        : throw CliException.Usage("CLI-001", $"{SecretVariable} is not set", "train.distributed sets it; by hand, give all processes of the training the same secret, such as from: openssl rand -hex 32");

    public static bool IsKnown(string? header, string secret) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(header ?? "")), SHA256.HashData(Encoding.UTF8.GetBytes($"Bearer {secret}")));

    private static void Write(ShardMessage message, SerializationContext context)
    {
        context.SetPayloadLength(message.Length);
        context.GetBufferWriter().Write(message.Bytes);
        context.Complete();
        message.Dispose();
    }

    private static ShardMessage Read(DeserializationContext context)
    {
        ReadOnlySequence<byte> payload = context.PayloadAsReadOnlySequence();
        ShardMessage message = new((int)payload.Length);
        payload.CopyTo(message.Next((int)payload.Length));
        return message;
    }
}
