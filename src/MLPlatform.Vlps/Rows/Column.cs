using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace MLPlatform.Vlps.Rows;

public enum ColumnKind
{
    /// <summary>UTF-8 bytes.</summary>
    Text,

    /// <summary>64-bit integers; also dates (days since 1970) and times of day and timestamps in the file's own unit.</summary>
    Whole,

    /// <summary>Double precision.</summary>
    Real,

    /// <summary>True or false, kept as 1 and 0.</summary>
    Boolean,
}

/// <summary>
/// The values of one column for the rows of one batch. Buffers are reused from batch to batch and grow as needed, so a
/// long stream allocates nothing per row.
/// </summary>
public sealed class Column(string name)
{
    private bool[] _present = [];
    private long[] _integers = [];
    private double[] _reals = [];
    private int[] _ends = [];
    private byte[] _text = [];
    private int _textLength, _missing;

    public string Name { get; } = name;

    public ColumnKind Kind { get; private set; }

    public int Count { get; private set; }

    /// <summary>Whether a value is missing.</summary>
    public bool HasMissing => _missing > 0;

    /// <summary>All values of a column of whole numbers or booleans; those that are missing are anything.</summary>
    public ReadOnlySpan<long> Wholes => _integers.AsSpan(0, Count);

    /// <summary>Empties the column and says what it will hold.</summary>
    public void Reset(ColumnKind kind)
    {
        Kind = kind;
        Count = 0;
        _textLength = 0;
        _missing = 0;
    }

    public bool IsPresent(int row) => _present[row];

    public long Whole(int row) => _integers[row];

    /// <summary>The bytes of a text cell.</summary>
    public ReadOnlySpan<byte> Text(int row)
    {
        int start = row == 0 ? 0 : _ends[row - 1];
        return _text.AsSpan(start, _ends[row] - start);
    }

    public void AddMissing()
    {
        Grow();
        _present[Count] = false;
        _missing++;
        Finish();
    }

    public void Add(long value)
    {
        Grow();
        _present[Count] = true;
        _integers[Count] = value;
        Finish();
    }

    /// <summary>Adds a number; not-a-number counts as missing.</summary>
    public void Add(double value)
    {
        Grow();
        bool missing = double.IsNaN(value);
        _present[Count] = !missing;
        _missing += missing ? 1 : 0;
        _reals[Count] = value;
        Finish();
    }

    public void Add(ReadOnlySpan<byte> text)
    {
        Grow();
        if (_text.Length < _textLength + text.Length)
            Array.Resize(ref _text, Math.Max(_textLength + text.Length, Math.Max(4096, _text.Length * 2)));
        text.CopyTo(_text.AsSpan(_textLength));
        _textLength += text.Length;
        _present[Count] = true;
        Finish();
    }

    /// <summary>Room for so many more whole numbers or booleans; those that are there come first, and <see cref="Take"/> makes them rows.</summary>
    internal Span<long> WholeRoom(int rows)
    {
        Reserve(ref _integers, rows);
        return _integers.AsSpan(Count, rows);
    }

    /// <summary>Room for so many more reals.</summary>
    internal Span<double> RealRoom(int rows)
    {
        Reserve(ref _reals, rows);
        return _reals.AsSpan(Count, rows);
    }

    /// <summary>Makes values that were written to the room rows, and puts the missing ones between them.</summary>
    /// <param name="rows">How many rows.</param>
    /// <param name="values">How many values are there.</param>
    /// <param name="levels">Of each row, how deep it is defined, where it may be missing.</param>
    /// <param name="defined">The level of a row that is there.</param>
    internal void Take(int rows, int values, ReadOnlySpan<short> levels, short defined)
    {
        Reserve(ref _present, rows);
        Span<bool> present = _present.AsSpan(Count, rows);
        present.Fill(true);
        if (values < rows)
        {
            for (int row = 0; row < rows; row++)
                present[row] = levels[row] == defined;
            _missing += rows - values;
            if (Kind == ColumnKind.Real)
                Spread(_reals.AsSpan(Count, rows), values, present);
            else
                Spread(_integers.AsSpan(Count, rows), values, present);
        }
        if (Kind == ColumnKind.Real)
            MarkNotNumbers(_reals.AsSpan(Count, rows), present);
        Count += rows;
    }

    /// <summary>
    /// The cell as text in its one canonical spelling: integers in digits, reals in the shortest form that reads back
    /// equal, booleans as <c>true</c> and <c>false</c>. So 5, 5.0 and "5" are the same category in a table and in a request.
    /// </summary>
    /// <param name="row">A row that is present.</param>
    /// <param name="scratch">At least 32 bytes, used for numbers.</param>
    public ReadOnlySpan<byte> Canonical(int row, Span<byte> scratch)
    {
        int written;
        switch (Kind)
        {
            case ColumnKind.Text:
                return Text(row);
            case ColumnKind.Boolean:
                return _integers[row] != 0 ? "true"u8 : "false"u8;
            case ColumnKind.Whole:
                Utf8Formatter.TryFormat(_integers[row], scratch, out written);
                return scratch[..written];
            default:
                double value = _reals[row];
                if (value == Math.Floor(value) && Math.Abs(value) < 1e15)
                    Utf8Formatter.TryFormat((long)value, scratch, out written);
                else
                    value.TryFormat(scratch, out written, "R", CultureInfo.InvariantCulture);
                return scratch[..written];
        }
    }

    /// <summary>The cell as a number. False where it is missing, or a text that is no number.</summary>
    public bool TryNumber(int row, out double value)
    {
        value = 0;
        if (!_present[row])
            return false;
        switch (Kind)
        {
            case ColumnKind.Real:
                value = _reals[row];
                return true;
            case ColumnKind.Text:
                ReadOnlySpan<byte> text = Text(row).Trim((byte)' ');
                return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
            default:
                value = _integers[row];
                return true;
        }
    }

    /// <summary>The cell for a message.</summary>
    public string Describe(int row)
    {
        if (!_present[row])
            return "(missing)";
        Span<byte> scratch = stackalloc byte[64];
        string text = Encoding.UTF8.GetString(Canonical(row, scratch));
        return text.Length <= 80 ? text : text[..80] + "…";
    }

    // From the last to the first, so that none is written over before it has moved.
    private static void Spread<T>(Span<T> cells, int values, ReadOnlySpan<bool> present)
    {
        for (int row = cells.Length - 1; row >= 0; row--)
        {
            if (present[row])
                cells[row] = cells[--values];
        }
    }

    private void MarkNotNumbers(ReadOnlySpan<double> cells, Span<bool> present)
    {
        for (int row = 0; row < cells.Length; row++)
        {
            if (!present[row] || !double.IsNaN(cells[row]))
                continue;
            present[row] = false;
            _missing++;
        }
    }

    private void Reserve<T>(ref T[] array, int more)
    {
        if (array.Length < Count + more)
            Array.Resize(ref array, Math.Max(Count + more, Math.Max(1024, Count * 2)));
    }

    private void Finish()
    {
        if (Kind == ColumnKind.Text)
            _ends[Count] = _textLength;
        Count++;
    }

    private void Grow()
    {
        if (Count == _present.Length)
            Array.Resize(ref _present, Math.Max(1024, Count * 2));
        switch (Kind)
        {
            case ColumnKind.Text when Count == _ends.Length:
                Array.Resize(ref _ends, Math.Max(1024, Count * 2));
                break;
            case ColumnKind.Real when Count == _reals.Length:
                Array.Resize(ref _reals, Math.Max(1024, Count * 2));
                break;
            case ColumnKind.Whole or ColumnKind.Boolean when Count == _integers.Length:
                Array.Resize(ref _integers, Math.Max(1024, Count * 2));
                break;
        }
    }
}
