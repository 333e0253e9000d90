using System.IO.Hashing;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>
/// Counts any amount of texts in bounded memory. What does not fit goes to files by its hash; equal texts meet in one file,
/// and a file that still does not fit is spread over others by further bits of the hash.
/// </summary>
internal sealed class TextSpill(string folder, long memory) : IDisposable
{
    private const int Bits = 5, Ways = 1 << Bits, BufferBytes = 16 << 10;

    private readonly TextCounts _counts = new();
    private Spread? _spread;
    private int _files;

    public void Add(ReadOnlySpan<byte> text, bool own) => Add(text, Hash(text), own);

    /// <summary>Hands over each text once, in no order, with its two counts.</summary>
    public void Complete(TextCounts.TakeText take, CancellationToken cancel)
    {
        _counts.ForEach(take);
        (Spread? spread, _spread) = (_spread, null);
        if (spread is not null)
            Count(spread, take, cancel);
        _counts.Clear();
    }

    public void Dispose() => _spread?.Dispose();

    private void Add(ReadOnlySpan<byte> text, ulong hash, bool own)
    {
        // The first texts are counted where they are met; those that come when memory is used up and are not among them go to files.
        if (_spread is null && _counts.Memory < memory)
            _counts.Add(text, hash, own);
        else if (!_counts.TryCount(text, hash, own))
            (_spread ??= new Spread(NewFolder(), 0)).Add(text, hash, own);
    }

    private void Count(Spread spread, TextCounts.TakeText take, CancellationToken cancel)
    {
        using (spread)
        {
            foreach (string file in spread.Close())
            {
                cancel.ThrowIfCancellationRequested();
                _counts.Clear();
                Spread? deeper = null;
                foreach ((byte[] buffer, int length, bool own) in Spread.Read(file))
                {
                    ReadOnlySpan<byte> text = buffer.AsSpan(0, length);
                    ulong hash = Hash(text);
                    // Texts whose whole hash is equal cannot be told apart by more of its bits: then memory grows with them.
                    if (deeper is null && (_counts.Memory < memory || spread.Depth + 1 >= 64 / Bits))
                        _counts.Add(text, hash, own);
                    else if (!_counts.TryCount(text, hash, own))
                        (deeper ??= new Spread(NewFolder(), spread.Depth + 1)).Add(text, hash, own);
                }
                File.Delete(file);
                _counts.ForEach(take);
                if (deeper is not null)
                    Count(deeper, take, cancel);
            }
        }
    }

    private string NewFolder() => Directory.CreateDirectory(Path.Combine(folder, $"texts-{_files++:D4}")).FullName;

    private static ulong Hash(ReadOnlySpan<byte> text) => XxHash3.HashToUInt64(text);

    /// <summary>Texts in files by some bits of their hash.</summary>
    private sealed class Spread(string folder, int depth) : IDisposable
    {
        private readonly BinaryWriter?[] _files = new BinaryWriter?[Ways];

        public int Depth => depth;

        public void Add(ReadOnlySpan<byte> text, ulong hash, bool own)
        {
            // From the top: the lowest bits place a text in a table, and would be equal for all of a file.
            int way = (int)(hash >> (64 - Bits * (depth + 1))) & (Ways - 1);
            BinaryWriter file = _files[way] ??= new BinaryWriter(new FileStream(NameOf(way), FileMode.Create, FileAccess.Write, FileShare.None, BufferBytes));
            file.Write7BitEncodedInt(text.Length);
            file.Write(own);
            file.Write(text);
        }

        public List<string> Close()
        {
            List<string> files = [];
            for (int way = 0; way < Ways; way++)
            {
                if (_files[way] is not { } file)
                    continue;
                file.Dispose();
                files.Add(NameOf(way));
            }
            return files;
        }

        public static IEnumerable<(byte[] Buffer, int Length, bool Own)> Read(string path)
        {
            using BinaryReader file = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.None, 64 << 10));
            byte[] buffer = new byte[256];
            long left = file.BaseStream.Length;
            while (file.BaseStream.Position < left)
            {
                int length = file.Read7BitEncodedInt();
                bool own = file.ReadBoolean();
                if (buffer.Length < length)
                    buffer = new byte[Math.Max(length, buffer.Length * 2)];
                file.BaseStream.ReadExactly(buffer, 0, length);
                yield return (buffer, length, own);
            }
        }

        public void Dispose()
        {
            foreach (BinaryWriter? file in _files)
                file?.Dispose();
            Directory.Delete(folder, recursive: true);
        }

        private string NameOf(int way) => Path.Combine(folder, $"{way:D2}");
    }
}
