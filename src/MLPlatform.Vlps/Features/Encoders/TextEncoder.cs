using System.Runtime.InteropServices;
using System.Text;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Training;

namespace MLPlatform.Vlps.Features.Encoders;

/// <summary>
/// Word and character n-grams of a text. A gram that occurs n times counts 1 + ln n; the grams of each kind are scaled
/// to length 1 together, so long texts do not outweigh short ones. Runs of white space count as one blank.
/// </summary>
internal sealed class TextEncoder(FittedFeature.Text feature) : Encoder
{
    private readonly ulong _words = FeatureHash.Combine(FeatureHash.Seed(feature.Name), 'w');
    private readonly ulong _characters = FeatureHash.Combine(FeatureHash.Seed(feature.Name), 'c');
    private readonly ulong _missing = FeatureHash.Combine(FeatureHash.Seed(feature.Name), FeatureHash.Missing);
    private readonly List<ulong> _tokens = [];
    private readonly List<ulong> _grams = [];
    private readonly List<float> _counts = [];
    private readonly SampleBlock _row = new();
    private char[] _buffer = new char[1024];
    private Column _column = new(feature.Column);

    public override void Bind(ColumnBatch batch) => _column = batch[feature.Column];

    public override void Encode(int row, SampleBlock into)
    {
        if (!_column.IsPresent(row))
        {
            into.Add(_missing, 1f);
            return;
        }
        ReadOnlySpan<char> text = Normalise(row);
        if (feature.Words is { } words)
        {
            CollectWords(text, words);
            Emit(_words, into);
        }
        if (feature.Characters is { } characters)
        {
            CollectCharacters(text, characters);
            Emit(_characters, into);
        }
    }

    public override void Encode(int first, int rows, FieldColumn into, int sample)
    {
        for (int row = first; row < first + rows; row++)
        {
            _row.Clear();
            Encode(row, _row);
            for (int i = 0; i < _row.Count; i++)
                into.Add(_row.Ids[i], _row.Values[i]);
            into.EndRow(sample++);
        }
    }

    private ReadOnlySpan<char> Normalise(int row)
    {
        Span<byte> scratch = stackalloc byte[32];
        ReadOnlySpan<byte> bytes = _column.Canonical(row, scratch);
        if (_buffer.Length < bytes.Length + 1)
            _buffer = new char[bytes.Length * 2];
        Span<char> text = _buffer.AsSpan(0, Encoding.UTF8.GetChars(bytes, _buffer));
        int length = 0;
        bool blank = false;
        foreach (char c in text)
        {
            bool isBlank = char.IsWhiteSpace(c);
            if (!isBlank || !blank)
                text[length++] = isBlank ? ' ' : feature.LowerCase ? char.ToLowerInvariant(c) : c;
            blank = isBlank;
        }
        return text[..length];
    }

    private void CollectWords(ReadOnlySpan<char> text, NgramRange lengths)
    {
        _tokens.Clear();
        for (int i = 0; i < text.Length;)
        {
            int start = i;
            while (i < text.Length && char.IsLetterOrDigit(text[i]))
                i++;
            if (i == start)
                i++; // A sign of punctuation is a word of its own; a blank is none.
            if (text[start] != ' ')
                _tokens.Add(FeatureHash.Of(text[start..i]));
        }
        _grams.Clear();
        for (int i = 0; i < _tokens.Count; i++)
        {
            ulong gram = 0;
            for (int n = 1; n <= lengths.Max && i + n <= _tokens.Count; n++)
            {
                gram = FeatureHash.Combine(gram, _tokens[i + n - 1]);
                if (n >= lengths.Min)
                    _grams.Add(gram);
            }
        }
    }

    private void CollectCharacters(ReadOnlySpan<char> text, NgramRange lengths)
    {
        _grams.Clear();
        for (int n = lengths.Min; n <= lengths.Max; n++)
        {
            for (int i = 0; i + n <= text.Length; i++)
                _grams.Add(FeatureHash.Of(text.Slice(i, n)));
        }
    }

    private void Emit(ulong seed, SampleBlock into)
    {
        Span<ulong> grams = CollectionsMarshal.AsSpan(_grams);
        grams.Sort();
        _counts.Clear();
        double squares = 0;
        int distinct = 0;
        for (int i = 0; i < grams.Length;)
        {
            int start = i;
            while (i < grams.Length && grams[i] == grams[start])
                i++;
            float count = i - start == 1 ? 1f : 1f + MathF.Log(i - start);
            squares += count * count;
            grams[distinct++] = grams[start];
            _counts.Add(count);
        }
        float scale = squares == 0 ? 0 : (float)(1 / Math.Sqrt(squares));
        for (int i = 0; i < distinct; i++)
            into.Add(FeatureHash.Combine(seed, grams[i]), _counts[i] * scale);
    }
}
