using System.Buffers.Binary;
using System.Buffers.Text;
using MLPlatform.Core.Activities;

namespace MLPlatform.Storage.Runs;

/// <summary>Where a page of a list ordered by creation and id, newest first, ended. Opaque to those who pass it back.</summary>
internal static class Cursor
{
    public static string Format(DateTimeOffset createdAt, Guid id)
    {
        Span<byte> bytes = stackalloc byte[24];
        BinaryPrimitives.WriteInt64BigEndian(bytes, createdAt.UtcTicks);
        id.TryWriteBytes(bytes[8..], bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    public static (DateTimeOffset CreatedAt, Guid Id) Parse(string cursor)
    {
        Span<byte> bytes = stackalloc byte[24];
        if (!Base64Url.IsValid(cursor, out int whole) || whole != 24 || !Base64Url.TryDecodeFromChars(cursor, bytes, out _)
            || BinaryPrimitives.ReadInt64BigEndian(bytes) is not (>= 0 and <= 3155378975999999999L and var ticks))
            throw new ActivityException("STORE-015", $"'{cursor}' is not a cursor of this list. Pass back the 'next' of the page before, or nothing for the first page.");
        return (new DateTimeOffset(ticks, TimeSpan.Zero), new Guid(bytes[8..], bigEndian: true));
    }
}
