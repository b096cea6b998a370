"""One very large CIN census return, to show that memory does not grow with the file."""

from pathlib import Path

from loaders.mark import CHILD_NUMBER_PREFIX, SOFTWARE_CODE

HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<Message>
  <Header>
    <CollectionDetails><Collection>CIN</Collection><Year>2025</Year><ReferenceDate>2025-03-31</ReferenceDate></CollectionDetails>
    <Source><SourceLevel>L</SourceLevel><LEA>202</LEA><SoftwareCode>{SOFTWARE_CODE}</SoftwareCode><SerialNo>001</SerialNo>
      <DateTime>2025-05-01T09:00:00</DateTime></Source>
  </Header>
  <Children>
"""
TAIL = "  </Children>\n</Message>\n"


def child(number: int) -> str:
    """One child with one referral, an assessment with factors, an enquiry and a plan."""
    return f"""    <Child>
      <ChildIdentifiers>
        <LAchildID>{CHILD_NUMBER_PREFIX}{number:012d}</LAchildID>
        <UPNunknown>UN4</UPNunknown>
        <PersonBirthDate>20{number % 15 + 8:02d}-{number % 12 + 1:02d}-{number % 28 + 1:02d}</PersonBirthDate>
        <Sex>{"MF"[number % 2]}</Sex>
      </ChildIdentifiers>
      <ChildCharacteristics><Ethnicity>WBRI</Ethnicity><Disabilities><Disability>NONE</Disability></Disabilities></ChildCharacteristics>
      <CINdetails>
        <CINreferralDate>2024-06-{number % 28 + 1:02d}</CINreferralDate>
        <ReferralSource>2A</ReferralSource>
        <PrimaryNeedCode>N1</PrimaryNeedCode>
        <Assessments>
          <AssessmentActualStartDate>2024-07-01</AssessmentActualStartDate>
          <AssessmentAuthorisationDate>2024-08-12</AssessmentAuthorisationDate>
          <FactorsIdentifiedAtAssessment>
            <AssessmentFactors>3B</AssessmentFactors>
            <AssessmentFactors>4B</AssessmentFactors>
          </FactorsIdentifiedAtAssessment>
        </Assessments>
        <Section47>
          <S47ActualStartDate>2024-07-02</S47ActualStartDate>
          <InitialCPCtarget>2024-07-23</InitialCPCtarget>
          <ICPCnotRequired>1</ICPCnotRequired>
        </Section47>
        <ReferralNFA>0</ReferralNFA>
      </CINdetails>
    </Child>
"""


def write_big_return(path: Path, gigabytes: float) -> Path:
    """Write a valid return of about that many gigabytes (10^9 bytes), every child with a number of its own."""
    path.parent.mkdir(parents=True)
    target, written, number = int(gigabytes * 1e9), 0, 0
    with path.open("w", encoding="utf-8") as file:
        written += file.write(HEAD)
        while written < target:
            number += 1
            written += file.write(child(number))
        file.write(TAIL)
    return path
